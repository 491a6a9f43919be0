import type { Run } from "../../api/types";

interface Props {
  readonly runs: readonly Run[];
  readonly selected: string | null;
  readonly onSelect: (run: string) => void;
}

/** The runs of a trial that has several: one for each seed or fold. */
export function RunPicker({ runs, selected, onSelect }: Props) {
  if (runs.length < 2) return null;
  return (
    <label className="run-picker">
      Run
      <select value={selected ?? ""} onChange={(event) => onSelect(event.target.value)}>
        {runs.map(({ id, replicate, seed, fold, state }) => (
          <option key={id} value={id}>
            {replicate + 1}: seed {seed}
            {typeof fold === "number" ? `, fold ${fold + 1}` : ""} ({state.toLowerCase()})
          </option>
        ))}
      </select>
    </label>
  );
}
