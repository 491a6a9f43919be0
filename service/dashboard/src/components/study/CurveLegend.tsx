import type { Coloring } from "../../charts/coloring";
import type { Palette } from "../../charts/colors";
import type { Part } from "../../charts/lines";
import type { RunState } from "../../api/types";

interface Props {
  readonly states: ReadonlyMap<RunState, number>;
  readonly best: number | null;
  readonly selected: number | null;
  readonly coloring: Coloring | null;
  readonly palette: Palette;
  /** The halves of the metric that are drawn. */
  readonly parts: ReadonlySet<Part>;
}

const WORDS: readonly (readonly [RunState, string])[] = [
  ["COMPLETED", "completed"],
  ["RUNNING", "running"],
  ["PRUNED", "pruned"],
  ["FAILED", "failed"],
  ["CANCELLED", "cancelled"],
];

/** What the colors and dashes mean, with how many runs are of each kind. */
export function CurveLegend({ states, best, selected, coloring, palette, parts }: Props) {
  const colors: Partial<Record<RunState, string>> = {
    COMPLETED: `linear-gradient(90deg, ${palette.ramp.join(", ")})`,
    RUNNING: palette.running,
    PRUNED: palette.pruned,
    FAILED: palette.failed,
    CANCELLED: palette.pruned,
  };
  return (
    <ul className="legend" aria-label="Legend">
      {best !== null && <Item color={coloring?.colors.get(best) ?? palette.best} text={`best, trial ${best}`} mark="star" />}
      {selected !== null && selected !== best && (
        <Item color={coloring?.colors.get(selected) ?? palette.selected} text={`selected, trial ${selected}`} mark={coloring ? "cased" : "strong"} />
      )}
      {coloring?.categories.map(({ label, color, count }) => <Item key={label} color={color} text={`${label} ${count}`} />)}
      {WORDS.filter(([state]) => states.has(state)).map(([state, word]) => (
        <Item key={state} color={coloring ? null : (colors[state] ?? palette.pruned)} text={`${states.get(state)} ${word}`} {...(state === "PRUNED" ? { mark: "faint" as const } : {})} />
      ))}
      {parts.has("validation") && (
        <li className="legend-dash">
          <span className="stroke" aria-hidden="true" /> validation
        </li>
      )}
      {parts.has("train") && (
        <li className="legend-dash">
          <span className="stroke stroke-dashed" aria-hidden="true" /> train
        </li>
      )}
    </ul>
  );
}

interface ItemProps {
  readonly color: string | null;
  readonly text: string;
  readonly mark?: "star" | "strong" | "cased" | "faint";
}

function Item({ color, text, mark }: ItemProps) {
  return (
    <li>
      {color && mark === "star" && (
        <span className="legend-star" style={{ color }} aria-hidden="true">
          ★
        </span>
      )}
      {color && mark !== "star" && <span className={mark ? `swatch swatch-${mark}` : "swatch"} style={{ background: color }} aria-hidden="true" />}
      {text}
    </li>
  );
}
