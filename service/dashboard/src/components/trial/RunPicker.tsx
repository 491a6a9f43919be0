import type { Run } from "../../api/types";
import { formatValue } from "../../format/numbers";
import { formatPlace } from "../../format/replicates";
import { StateBadge } from "../basics/StateBadge";

interface Props {
  readonly runs: readonly Run[];
  readonly selected: string | null;
  readonly onSelect: (run: string) => void;
}

/** The runs of a trial that has several, each with its value and what is strange about it; what follows is of the one that is chosen. */
export function RunPicker({ runs, selected, onSelect }: Props) {
  if (runs.length < 2) return null;
  return (
    <ul className="run-picker" aria-label="Runs">
      {runs.map((run) => (
        <li key={run.id}>
          <button type="button" aria-pressed={run.id === selected} onClick={() => onSelect(run.id)}>
            <span>{formatPlace(run)}</span>
            {run.state !== "COMPLETED" && <StateBadge state={run.state} reason={run.reason} />}
            {run.mark && <span className="mark">{run.mark.word}</span>}
            <strong className="number">{formatValue(run.value)}</strong>
            {run.mark && <span className="run-mark-reason muted">{run.mark.reason}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
