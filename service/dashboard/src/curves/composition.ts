/** From what the server sent and the reader chose to the lines that are drawn. */

import type { CurveGroups, Curves } from "../api/types";
import type { BenchView } from "../state/url/bench";
import { middlesOf } from "./groups/bands";
import type { Grouping } from "./groups/groups";
import type { KeyOf, Line, Loaded } from "./lines";
import { linesOf } from "./lines";
import { extentX } from "./points/ranges";
import { bestSoFar, smoothed } from "./points/smoothing";

export interface Composition {
  readonly view: Pick<BenchView, "axis" | "train" | "apart" | "members" | "smoothing" | "bestSoFar">;
  readonly grouping: Grouping;
  readonly keyOf: KeyOf;
  /** Whether the filter has chosen a trial, and the legend does not hide its group. */
  readonly isShown: (trial: string) => boolean;
  /** Trials whose curves are drawn whatever else is left out. */
  readonly highlighted: ReadonlySet<string>;
  /** Of the metric that is drawn, which need not be the objective's. */
  readonly higherIsBetter: boolean;
}

/** All lines, those of groups last. */
export function compose(loaded: readonly Loaded<Curves>[], groups: readonly Loaded<CurveGroups>[], composition: Composition): Line[] {
  const { view, grouping, keyOf, isShown, higherIsBetter } = composition;
  const middles = groups.flatMap((part) => middlesOf(part, grouping));
  const banded = new Set(middles.map(({ band }) => band?.group));
  const lines = loaded.flatMap((part) => linesOf(part, view.axis, keyOf)).filter(({ trial }) => isShown(trial));
  const runs = lines.filter((line) => isDrawn(line, loaded.length > 1, banded, composition));
  const drawn = [...runs.map((line) => (view.bestSoFar ? withRaw(line, bestSoFar(line, higherIsBetter)) : line)), ...middles.filter(({ part }) => isPartDrawn(part, loaded.length > 1, view))];
  return view.smoothing > 0 ? smoothedAll(drawn, view.smoothing) : drawn;
}

function isDrawn({ trial, part }: Line, halves: boolean, banded: ReadonlySet<string | undefined>, { view, grouping, highlighted }: Composition): boolean {
  if (!isPartDrawn(part, halves, view)) return false;
  if (highlighted.has(trial)) return true;
  if (part === "train" && halves && view.train === "highlighted" && !view.apart) return false;
  return view.members || !banded.has(grouping.of.get(trial)?.key);
}

function isPartDrawn(part: Line["part"], halves: boolean, { train, apart }: Composition["view"]): boolean {
  return part !== "train" || !halves || apart || train !== "none";
}

function smoothedAll(lines: readonly Line[], percent: number): Line[] {
  const [low, high] = extentX(lines) ?? [0, 0];
  const halfLife = ((high - low) * percent) / 100;
  return lines.map((line) => {
    const smooth = withRaw(line, smoothed(line, halfLife));
    if (!line.band) return smooth;
    const edge = (ys: Float64Array) => smoothed({ ...line, ys }, halfLife).ys;
    return { ...smooth, raw: null, band: { ...line.band, low: edge(line.band.low), high: edge(line.band.high) } };
  });
}

/** The line with what it was before beneath it. */
function withRaw(line: Line, made: Line): Line {
  return { ...made, raw: line.raw ?? line.ys };
}
