import type { ReactNode } from "react";
import type { Coloring } from "../../charts/coloring";
import type { Palette } from "../../charts/colors";
import { dashAt } from "../../charts/colors";
import type { Grouping } from "../../curves/groups";
import type { Line, Part } from "../../curves/lines";
import { trialName } from "../../curves/lines";
import type { RunState } from "../../api/types";
import type { ChangeBench } from "../../state/useBench";
import { Sample } from "./Sample";
import { NumberLegend } from "./NumberLegend";

interface Props {
  readonly lines: readonly Line[];
  readonly best: string | null;
  readonly selected: string | null;
  readonly pins: readonly string[];
  readonly baseline: string | null;
  readonly onChange: ChangeBench;
  readonly coloring: Coloring | null;
  /** What line styles tell apart, where groups do not say it. */
  readonly dashing: Grouping | null;
  /** The parameter that colors configurations; null where groups or objectives are colored. */
  readonly colored: string | null;
  readonly grouped: boolean;
  readonly palette: Palette;
}

const WORDS: readonly (readonly [RunState, string])[] = [
  ["COMPLETED", "completed"],
  ["RUNNING", "running"],
  ["PRUNED", "pruned"],
  ["FAILED", "failed"],
  ["CANCELLED", "cancelled"],
];

/** What the colors and dashes mean, with how many runs are of each kind. */
export function CurveLegend({ lines, best, selected, pins, baseline, onChange, coloring, dashing, colored, grouped, palette }: Props) {
  const states = countStates(lines);
  const parts = new Set(lines.map(({ part }) => part));
  const colorOf = (trial: string) => coloring?.paints.get(trial)?.color;
  return (
    <ul className="legend" aria-label="Legend">
      {best !== null && <Item color={colorOf(best) ?? palette.best} text={`best, ${trialName(best)}`} mark="star" />}
      {selected !== null && (
        <Item color={colorOf(selected) ?? palette.selected} text={`selected, ${trialName(selected)}`} mark={coloring ? "cased" : "strong"}>
          {!pins.includes(selected) && <Act name="pin" title={`Pin: keep the emphasis of ${trialName(selected)}`} onClick={() => onChange({ pins: [...pins, selected] })} />}
          {baseline !== selected && <Act name="baseline" title={`Baseline: hold the others against ${trialName(selected)}`} onClick={() => onChange({ baseline: selected })} />}
        </Item>
      )}
      {baseline !== null && (
        <Item color={palette.baseline} text={`baseline, ${trialName(baseline)}`}>
          <Act name="✕" title="No baseline" onClick={() => onChange({ baseline: null })} />
        </Item>
      )}
      {pins.map((pin) => (
        <Item key={pin} color={colorOf(pin) ?? palette.selected} text={trialName(pin)} mark="strong">
          {baseline !== pin && pin !== selected && <Act name="baseline" title={`Baseline: hold the others against ${trialName(pin)}`} onClick={() => onChange({ baseline: pin })} />}
          <Act name="✕" title={`Unpin ${trialName(pin)}`} onClick={() => onChange({ pins: pins.filter((other) => other !== pin) })} />
        </Item>
      ))}
      {colored !== null && coloring?.numbers && <NumberLegend name={colored} scale={coloring.numbers} palette={palette} />}
      {colored !== null && !coloring?.numbers && coloring?.groups.map((group) => (
        <Item key={group.key} color={coloring.paintOf(group).color} text={`${group.label} ${group.members.length}`} />
      ))}
      {WORDS.filter(([state]) => states.has(state)).map(([state, word]) => (
        <Item key={state} color={coloring || grouped ? null : stateColor(state, palette)} text={`${states.get(state)} ${word}`} {...(state === "PRUNED" ? { mark: "faint" as const } : {})} />
      ))}
      {dashing?.groups.map(({ key, label, members, place }) => (
        <li key={`dash ${key}`}>
          <Sample paint={{ color: "currentColor", dash: dashAt(place) }} /> {label} <span className="number">{members.length}</span>
        </li>
      ))}
      <Halves parts={parts} />
    </ul>
  );
}

function Halves({ parts }: { readonly parts: ReadonlySet<Part> }) {
  return (
    <>
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
    </>
  );
}

function countStates(lines: readonly Line[]): ReadonlyMap<RunState, number> {
  const counts = new Map<RunState, number>();
  const seen = new Set<string>();
  for (const { id, state, band } of lines) {
    if (band !== null || seen.has(id)) continue;
    seen.add(id);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

function stateColor(state: RunState, palette: Palette): string {
  if (state === "COMPLETED") return `linear-gradient(90deg, ${palette.ramp.join(", ")})`;
  if (state === "RUNNING") return palette.running;
  return state === "FAILED" ? palette.failed : palette.pruned;
}

interface ItemProps {
  readonly color: string | null;
  readonly text: string;
  readonly mark?: "star" | "strong" | "cased" | "faint";
  readonly children?: ReactNode;
}

function Item({ color, text, mark, children }: ItemProps) {
  return (
    <li>
      {color && mark === "star" && (
        <span className="legend-star" style={{ color }} aria-hidden="true">
          ★
        </span>
      )}
      {color && mark !== "star" && <span className={mark ? `swatch swatch-${mark}` : "swatch"} style={{ background: color }} aria-hidden="true" />}
      {text}
      {children}
    </li>
  );
}

function Act({ name, title, onClick }: { readonly name: string; readonly title: string; readonly onClick: () => void }) {
  return (
    <button type="button" className="link" title={title} aria-label={title} onClick={onClick}>
      {name}
    </button>
  );
}
