import type { ReactNode } from "react";
import type { Coloring } from "../../../charts/coloring";
import type { Palette } from "../../../charts/colors";
import { dashAt } from "../../../charts/colors";
import type { Grouping } from "../../../curves/groups/groups";
import type { Line, Part } from "../../../curves/lines";
import type { RunState } from "../../../api/types";
import { formatCount } from "../../../format/numbers";
import { Item } from "./Item";
import { Sample } from "./Sample";
import { NumberLegend } from "./NumberLegend";

interface Props {
  readonly lines: readonly Line[];
  /** What stands out. */
  readonly children: ReactNode;
  readonly rungs: readonly number[];
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
export function CurveLegend({ lines, children, rungs, coloring, dashing, colored, grouped, palette }: Props) {
  const states = countStates(lines);
  const parts = new Set(lines.map(({ part }) => part));
  const resumed = new Set(lines.filter(({ resumes }) => resumes.length > 0).map(({ id }) => id)).size;
  return (
    <ul className="legend" aria-label="Legend">
      {children}
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
      {resumed > 0 && (
        <li title="Where a later attempt goes on">
          <span className="legend-ring" aria-hidden="true" /> <span className="number">{formatCount(resumed)}</span> resumed
        </li>
      )}
      {rungs.length > 0 && (
        <li title="Where the pruner judges">
          <span className="legend-rung" aria-hidden="true" /> {rungs.length === 1 ? "rung" : "rungs"} at <span className="number">{rungs.map(formatCount).join(", ")}</span>
        </li>
      )}
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
