/** The lines of the chart with what is to be seen in them. */

import type { Grouping, Member } from "../curves/groups/groups";
import type { Line } from "../curves/lines";
import { countsOf } from "../curves/points/counts";
import type { Coloring } from "./coloring";
import type { Palette } from "./colors";
import { rankShares } from "./colors";
import type { Scene } from "./plot";
import type { Judged } from "./scales/starring";
import type { Emphasis } from "./styles";
import { styleOf } from "./styles";

export interface Context {
  readonly members: readonly Member[];
  readonly grouping: Grouping;
  readonly best: string | null;
  readonly selected: string | null;
  readonly pins: readonly string[];
  readonly baseline: string | null;
  /** Of the objective, by which trials are ranked. */
  readonly maximize: boolean;
  /** Where the runs of the best are judged. */
  readonly judged: Judged;
  /** Of the metric that is drawn. */
  readonly higherIsBetter: boolean;
  readonly coloring: Coloring | null;
  /** Trial to the line style that its parameter has, where no groups have it. */
  readonly dashes: ReadonlyMap<string, readonly number[]> | null;
  /** Where the pruner judges. */
  readonly rungs: readonly number[];
  readonly palette: Palette;
}

/** The scene of some lines, which are all there are unless several charts share them. */
export function sceneOf(lines: readonly Line[], context: Context, frame = lines): Scene {
  const { members, grouping, best, selected, baseline, maximize, higherIsBetter, coloring, dashes, palette } = context;
  const values = new Map(members.flatMap(({ key, trial }) => (typeof trial.value === "number" && trial.state === "COMPLETED" ? [[key, trial.value] as const] : [])));
  const pins = new Set(context.pins);
  const emphasis: Emphasis = {
    best,
    several: new Set(members.flatMap(({ key, trial }) => (trial.run_ids.length > 1 ? [key] : []))),
    selected,
    pins,
    baseline,
    shares: rankShares(values, maximize),
    paints: coloring?.paints ?? null,
    dashes,
    grouped: lines.some(({ band }) => band !== null),
    byConfiguration: grouping.by === null,
    crowd: frame.length,
  };
  const chosen = new Set([selected, baseline, ...pins].filter((key) => key !== null));
  return { lines, frame, focus: { maximize: higherIsBetter, chosen }, judged: context.judged, styleOf: (line) => styleOf(line, emphasis, palette), rungs: context.rungs, counts: stripOf(lines, grouping, emphasis, palette) };
}

/** The counts of groups by a parameter, each in its color; of configurations, which are many, the sum over all, where a band stands for its runs. */
function stripOf(lines: readonly Line[], grouping: Grouping, emphasis: Emphasis, palette: Palette): Scene["counts"] {
  const main = lines.filter(({ part }) => part !== "train");
  const shown = main.length > 0 ? main : lines;
  const middles = emphasis.byConfiguration ? [] : shown.filter(({ band }) => band !== null);
  if (middles.length === 0) {
    const banded = new Set(shown.map(({ band }) => band?.group));
    const counting = shown.filter(({ band, trial }) => band !== null || !banded.has(grouping.of.get(trial)?.key));
    return [{ ...countsOf(counting), color: palette.axis }];
  }
  return middles.map((line) => ({ xs: line.xs, n: Float64Array.from(line.band?.n ?? []), color: styleOf(line, emphasis, palette).color }));
}
