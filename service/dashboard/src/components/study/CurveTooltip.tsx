import type { Trial } from "../../api/types";
import { formatX } from "../../charts/axes";
import type { XAxis } from "../../charts/lines";
import type { Hit } from "../../charts/projection";
import { formatValue } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import { Measured } from "../basics/Measured";
import { StateBadge } from "../basics/StateBadge";
import type { Column } from "../../format/columns";
import { cell } from "../../format/columns";

interface Props {
  readonly hit: Hit;
  readonly trial: Trial | undefined;
  readonly metric: string;
  readonly axis: XAxis;
  readonly columns: readonly Column[];
  /** Size of the chart, to keep the tooltip inside. */
  readonly size: { readonly width: number; readonly height: number };
}

const ROWS = 12;

/** Which trial the pointer is at, where on its curve, and its parameters. */
export function CurveTooltip({ hit: { line, index, x, y }, trial, metric, axis, columns, size }: Props) {
  const rows = columns.map((column) => [column.key, trial && cell(trial.parameters, column)] as const).filter(([, value]) => value !== undefined);
  const value = line.ys[index];
  const place = {
    ...(x > size.width / 2 ? { right: size.width - x + 18 } : { left: x + 18 }),
    ...(y > size.height / 2 ? { bottom: Math.max(0, size.height - y - 40) } : { top: Math.max(0, y - 40) }),
  };
  return (
    <div className="tooltip" role="tooltip" style={place}>
      <div className="tooltip-head">
        <strong>Trial {line.trial}</strong>
        {line.replicate > 0 && <span className="muted">run {line.replicate + 1}</span>}
        <StateBadge state={line.state} />
      </div>
      <div className="tooltip-value">
        {line.part !== "only" && <span className="muted">{line.part}</span>} {metric}{" "}
        <strong className="number">{typeof value === "number" && Number.isFinite(value) ? formatValue(value) : "is not a finite number"}</strong>{" "}
        <span className="muted">
          at {axis.replace("_", " ")} {formatX(line.xs[index] as number, axis)}
        </span>
      </div>
      {trial && trial.value !== null && trial.value !== undefined && (
        <div className="tooltip-value">
          objective{" "}
          <strong className="number">
            <Measured value={trial.value} replicates={trial.replicates} />
          </strong>
        </div>
      )}
      <dl>
        {rows.slice(0, ROWS).map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{formatParameter(value)}</dd>
          </div>
        ))}
      </dl>
      {rows.length > ROWS && <span className="muted">and {rows.length - ROWS} more</span>}
    </div>
  );
}
