import { memo, useEffect, useRef } from "react";
import type { Trial } from "../../api/types";
import { formatValue } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import { Elapsed } from "../basics/Clock";
import { Measured } from "../basics/Measured";
import { StateBadge } from "../basics/StateBadge";
import type { Column } from "../../format/columns";
import { cell } from "../../format/columns";

interface Props {
  readonly trial: Trial;
  /** The objective that a running trial has reached. */
  readonly soFar: number | undefined;
  readonly columns: readonly Column[];
  readonly selected: boolean;
  readonly hovered: boolean;
  readonly onSelect: (trial: number | null) => void;
}

/** One trial. A click selects its curve, a second one lets it go; a selection made elsewhere scrolls the row into view. */
export const TrialRow = memo(function TrialRow({ trial, soFar, columns, selected, hovered, onSelect }: Props) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (selected && row.current) reveal(row.current);
  }, [selected]);
  const names = ["trial", trial.best && "is-best", selected && "is-selected", hovered && "is-hovered", `is-${trial.state.toLowerCase()}`];
  return (
    <tr ref={row} className={names.filter(Boolean).join(" ")} aria-selected={selected} onClick={() => onSelect(selected ? null : trial.number)}>
      <td>
        <button type="button" className="trial-number" aria-pressed={selected} title="Show this trial">
          {trial.number}
        </button>
        {trial.best && <span className="best-mark" title="Best trial of the study">best</span>}
      </td>
      <td>
        <State trial={trial} />
      </td>
      <td className="number">
        {trial.state === "RUNNING" && soFar !== undefined ? (
          <SoFar value={soFar} />
        ) : (
          <Measured value={trial.value} replicates={trial.replicates} />
        )}
      </td>
      <td className="number">{trial.started_at && <Elapsed since={trial.started_at} until={trial.ended_at} />}</td>
      <td>
        {trial.links.mlflow && (
          <a href={trial.links.mlflow} target="_blank" rel="noreferrer" onClick={(event) => event.stopPropagation()}>
            run ↗
          </a>
        )}
      </td>
      {columns.map((column) => (
        <ParameterCell key={column.key} value={cell(trial.parameters, column)} />
      ))}
    </tr>
  );
});

/** The state; why it ended so is a click, a tap or a key away, because most rows have one and few are read. */
function State({ trial: { state, reason } }: { readonly trial: Trial }) {
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

function SoFar({ value }: { readonly value: number }) {
  return (
    <>
      {formatValue(value)} <span className="muted">so far</span>
    </>
  );
}

/** Scroll the table, not the page: whoever clicked a curve is looking at the chart. */
function reveal(row: HTMLElement): void {
  const box = row.closest<HTMLElement>(".table-scroll");
  if (!box) return;
  const above = row.offsetTop - 2 * row.offsetHeight;
  const below = row.offsetTop + 2 * row.offsetHeight - box.clientHeight;
  if (box.scrollTop > above) box.scrollTo({ top: Math.max(0, above) });
  else if (box.scrollTop < below) box.scrollTo({ top: below });
}

function ParameterCell({ value }: { readonly value: unknown }) {
  return <td className={typeof value === "number" ? "number" : ""}>{formatParameter(value)}</td>;
}
