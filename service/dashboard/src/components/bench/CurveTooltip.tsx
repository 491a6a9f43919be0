import { axisName, formatX } from "../../charts/scales/axes";
import type { Hit } from "../../charts/hover";
import type { Group, Member } from "../../curves/groups/groups";
import type { Line } from "../../curves/lines";
import type { Column } from "../../format/columns";
import { cell } from "../../format/columns";
import { formatValue, plural } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import type { XAxis } from "../../state/url/bench";
import { Measured } from "../basics/Measured";
import { StateBadge } from "../basics/StateBadge";

interface Props {
  readonly hit: Hit;
  readonly member: Member | undefined;
  /** The trial that it is held against: the baseline, or the best. */
  readonly against: Member | undefined;
  /** The group whose middle the pointer is at. */
  readonly group: Group | undefined;
  readonly nameOf: (trial: string) => string;
  readonly metric: string;
  readonly axis: XAxis;
  readonly columns: readonly Column[];
  /** Size of the chart, to keep the tooltip inside. */
  readonly size: { readonly width: number; readonly height: number };
}

const ROWS = 12;

/** Which trial or group the pointer is at, where on its curve, and what it is. */
export function CurveTooltip({ hit, member, against, group, nameOf, metric, axis, columns, size }: Props) {
  const { line, index, x, y } = hit;
  const place = {
    ...(x > size.width / 2 ? { right: size.width - x + 18 } : { left: x + 18 }),
    ...(y > size.height / 2 ? { bottom: Math.max(0, size.height - y - 40) } : { top: Math.max(0, y - 40) }),
  };
  const value = line.ys[index] as number;
  return (
    <div className="tooltip" role="tooltip" style={place}>
      <Head line={line} name={group ? group.label : nameOf(line.trial)} group={group} />
      <div className="tooltip-value">
        {line.part !== "only" && <span className="muted">{line.part}</span>} {metric}{" "}
        <strong className="number">{Number.isFinite(value) ? formatValue(value) : "is not a finite number"}</strong>{" "}
        <span className="muted">
          at {axisName(axis)} {formatX(line.xs[index] as number, axis)}
        </span>
      </div>
      {line.raw && <div className="tooltip-value muted">measured {formatValue(line.raw[index])}</div>}
      {line.band && <Around line={line} index={index} />}
      {member && !group && <Configuration member={member} against={against} nameOf={nameOf} columns={columns} />}
    </div>
  );
}

function Head({ line, name, group }: { readonly line: Line; readonly name: string; readonly group: Group | undefined }) {
  return (
    <div className="tooltip-head">
      <strong>{group ? name : name.replace(/^trial /, "Trial ")}</strong>
      {!group && line.replicate > 0 && <span className="muted">run {line.replicate + 1}</span>}
      {!group && <StateBadge state={line.state} />}
    </div>
  );
}

/** The band at a point of a group's middle, and of how many runs it is. */
function Around({ line: { band }, index }: { readonly line: Line; readonly index: number }) {
  if (band === null) return null;
  const [low, high] = [band.low[index] as number, band.high[index] as number];
  return (
    <div className="tooltip-value muted">
      {Number.isFinite(low) && `${formatValue(low)} to ${formatValue(high)}, `}
      {plural(band.n[index] ?? 0, "run")}
    </div>
  );
}

interface ConfigurationProps {
  readonly member: Member;
  readonly against: Member | undefined;
  readonly nameOf: (trial: string) => string;
  readonly columns: readonly Column[];
}

/** What differs from the trial that it is held against; the whole configuration where there is none. */
function Configuration({ member: { key, trial }, against, nameOf, columns }: ConfigurationProps) {
  const other = against && against.key !== key ? against : undefined;
  const shown = columns.map((column) => ({ name: column.key, own: formatParameter(cell(trial.parameters, column)), theirs: other && formatParameter(cell(other.trial.parameters, column)) }));
  const rows = shown.filter(({ own, theirs }) => own !== (theirs ?? ""));
  return (
    <>
      {trial.value !== null && (
        <div className="tooltip-value">
          objective{" "}
          <strong className="number">
            <Measured value={trial.value} replicates={trial.replicates} />
          </strong>
        </div>
      )}
      <dl>
        {other && <dt className="tooltip-against">differs from {nameOf(other.key)} in</dt>}
        {rows.slice(0, ROWS).map(({ name, own, theirs }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {own || "–"} {theirs !== undefined && <span className="muted">not {theirs || "set"}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {other && rows.length === 0 && <span className="muted">nothing but the seed</span>}
      {rows.length > ROWS && <span className="muted">and {rows.length - ROWS} more</span>}
    </>
  );
}
