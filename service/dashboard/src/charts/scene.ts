/** From what the server sent and the reader chose to the lines of the chart. */

import type { Trial } from "../api/types";
import type { Coloring } from "./coloring";
import { rankShares } from "./colors";
import type { Palette } from "./colors";
import type { Line, Loaded, XAxis } from "./lines";
import { linesOf, originOf } from "./lines";
import type { Scene } from "./plot";
import type { TrainCurves } from "./settings";
import type { Emphasis } from "./styles";
import { styleOf } from "./styles";

/** All lines to draw. Training curves stand beside validation curves only where the reader wants them. */
export function chosenLines(loaded: readonly Loaded[], axis: XAxis, train: TrainCurves, highlighted: ReadonlySet<number>): Line[] {
  const origin = originOf(loaded.map(({ curves }) => curves));
  const alone = loaded.length === 1;
  return loaded.flatMap(({ part, curves }) => {
    const lines = linesOf(curves, part, axis, origin);
    if (part !== "train" || alone || train === "all") return lines;
    return train === "none" ? [] : lines.filter(({ trial }) => highlighted.has(trial));
  });
}

export interface Context {
  readonly trials: readonly Trial[];
  readonly best: number | null;
  readonly selected: number | null;
  readonly maximize: boolean;
  readonly coloring: Coloring | null;
  readonly palette: Palette;
}

export function sceneOf(metric: string, lines: readonly Line[], { trials, best, selected, maximize, coloring, palette }: Context): Scene {
  const values = new Map(trials.filter(isRanked).map((trial) => [trial.number, trial.value]));
  const emphasis: Emphasis = {
    best,
    selected,
    shares: rankShares(values, maximize),
    categories: coloring?.colors ?? null,
    crowd: lines.length,
  };
  return { metric, lines, focus: { maximize, selected }, styleOf: (line) => styleOf(line, emphasis, palette) };
}

function isRanked(trial: Trial): trial is Trial & { value: number } {
  return typeof trial.value === "number" && trial.state === "COMPLETED";
}
