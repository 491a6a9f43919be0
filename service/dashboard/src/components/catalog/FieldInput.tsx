import type { Hyperparameter } from "../../api/types";
import { formatDefault, wordsOf } from "../../format/catalog";
import { positionOf, rangeOf, valueAt } from "./sliding";

interface Props {
  readonly field: Hyperparameter;
  /** What the reader typed; null while the default stands. */
  readonly text: string | null;
  readonly problem?: string | undefined;
  readonly onChange: (text: string | null) => void;
}

/** One field of a schedule to change: by its words, by typing, and by a slider over its default range. */
export function FieldInput({ field, text, problem, onChange }: Props) {
  const words = wordsOf(field);
  const shown = text ?? formatDefault(field.default).replace(/[[\]]/g, "");
  const range = rangeOf(field);
  const change = (next: string) => onChange(next === formatDefault(field.default) ? null : next);
  return (
    <label className="field-input" title={field.help}>
      <span>{field.name}</span>
      {words.length > 0 ? (
        <select value={shown} onChange={(event) => change(event.target.value)}>
          {words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          inputMode="decimal"
          value={shown}
          aria-invalid={problem !== undefined}
          onChange={(event) => change(event.target.value)}
        />
      )}
      {range && (
        <input
          type="range"
          min={0}
          max={1000}
          aria-label={`${field.name}, over its default range`}
          value={positionOf(Number(shown), range)}
          onChange={(event) => change(valueAt(Number(event.target.value), range))}
        />
      )}
    </label>
  );
}
