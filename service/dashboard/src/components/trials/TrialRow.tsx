import type { CSSProperties } from "react";
import { memo } from "react";
import type { Trial } from "../../api/types";
import { formatValue } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import { formatMoment } from "../../format/times";
import { useIsHovered } from "../../state/hovered";
import type { Select } from "../../state/url/selection";
import { Elapsed } from "../basics/Clock";
import { Measured } from "../basics/Measured";
import { StateBadge } from "../basics/StateBadge";
import type { TableColumn } from "./tableColumns";

interface Props {
  /** Tells how tall the row is once it is there. */
  readonly measure: (row: HTMLTableRowElement | null) => void;
  readonly index: number;
  /** Pixels from the top of all rows. */
  readonly start: number;
  readonly trial: Trial;
  /** The objective that a running trial has reached. */
  readonly soFar: number | undefined;
  readonly columns: readonly TableColumn[];
  readonly selected: boolean;
  readonly pinned: boolean;
  /** Key of the column whose values are colors too, and this row's. */
  readonly shaded: string | null;
  readonly shade: string | undefined;
  readonly onSelect: Select;
  readonly onPin: (trial: number) => void;
}

/** One trial. A click selects its curve, a second one lets it go; a click with Control or Shift pins it. */
export const TrialRow = memo(function TrialRow({ measure, index, start, trial, soFar, columns, selected, pinned, shaded, shade, onSelect, onPin }: Props) {
  const hovered = useIsHovered(trial.number);
  const names = ["trial", trial.best && "is-best", selected && "is-selected", hovered && "is-hovered", pinned && "is-pinned", trial.excluded && "is-excluded", `is-${trial.state.toLowerCase()}`];
  return (
    <tr
      ref={measure}
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      className={names.filter(Boolean).join(" ")}
      style={{ transform: `translateY(${start}px)` }}
      aria-selected={selected}
      onClick={(event) => (event.ctrlKey || event.metaKey || event.shiftKey ? onPin(trial.number) : onSelect(selected ? null : trial.number))}
    >
      {columns.map((column) => (
        <Cell key={column.key} column={column} trial={trial} soFar={soFar} pinned={pinned} onPin={onPin} style={column.key === shaded && shade ? { background: shade } : undefined} />
      ))}
    </tr>
  );
});

interface CellProps extends Pick<Props, "trial" | "soFar" | "pinned" | "onPin"> {
  readonly column: TableColumn;
  readonly style: CSSProperties | undefined;
}

function Cell({ column, trial, soFar, pinned, onPin, style }: CellProps) {
  const { key } = column;
  if (key === "number") return <td role="cell"><Number trial={trial} pinned={pinned} onPin={onPin} /></td>;
  if (key === "state") return <td role="cell"><State trial={trial} /></td>;
  if (key === "value") {
    return (
      <td role="cell" className="number" style={style}>
        {trial.state === "RUNNING" && soFar !== undefined ? <SoFar value={soFar} /> : <Measured value={trial.value} replicates={trial.replicates} />}
      </td>
    );
  }
  if (key === "duration") return <td role="cell" className="number" style={style}>{trial.started_at && <Elapsed since={trial.started_at} until={trial.ended_at} />}</td>;
  if (key === "mlflow") return <td role="cell"><MlflowLink trial={trial} /></td>;
  const value = column.read(trial);
  const text = key === "started" && typeof value === "string" ? formatMoment(value) : formatParameter(value);
  return (
    <td role="cell" className={typeof value === "number" ? "number" : ""} style={style} title={text.length > 20 ? text : undefined}>
      {text}
    </td>
  );
}

function Number({ trial: { number, best, excluded }, pinned, onPin }: Pick<CellProps, "trial" | "pinned" | "onPin">) {
  return (
    <>
      <input
        type="checkbox"
        className="pin"
        aria-label={`Pin trial ${number}`}
        title="Keep in sight: in the chart and in parallel coordinates too"
        checked={pinned}
        onClick={(event) => event.stopPropagation()}
        onChange={() => onPin(number)}
      />
      <button type="button" className="trial-number" title="Show this trial">
        {number}
      </button>
      {best && <span className="best-mark" title="The best value that the study has seen; only a confirmation tells which trial is the best">best seen</span>}
      {excluded && <span className="muted" title="Counts for neither the ranking nor the sampler"> excl.</span>}
    </>
  );
}

/** The state; why it ended so is a click, a tap or a key away, because most rows have one and few are read. */
function State({ trial: { state, reason: told, waits_for, infeasible } }: { readonly trial: Trial }) {
  const reason = told || waits_for;
  if (infeasible) return <span className="mark" title={reason || "It violates a constraint, so that it is never the best"}>infeasible</span>;
  if (!reason || state === "COMPLETED") return <StateBadge state={state} reason={reason} />;
  return (
    <details className="row-state" onClick={(event) => event.stopPropagation()}>
      <summary aria-label={`${state.toLowerCase()}: why`}>
        <StateBadge state={state} reason={reason} />
      </summary>
      <p className="row-reason">{reason}</p>
    </details>
  );
}

function MlflowLink({ trial: { links } }: { readonly trial: Trial }) {
  if (!links.mlflow) return null;
  return (
    <a href={links.mlflow} target="_blank" rel="noreferrer" onClick={(event) => event.stopPropagation()}>
      run ↗
    </a>
  );
}

function SoFar({ value }: { readonly value: number }) {
  return (
    <>
      {formatValue(value)} <span className="muted">so far</span>
    </>
  );
}
