/** How many runs have come as far as each x. */

import type { Line } from "./lines";

export interface Counts {
  readonly xs: Float64Array;
  readonly n: Float64Array;
}

/** Runs from their first to their last point; a run that ended early counts no more, which a mean of the rest hides. */
export function countsOf(lines: readonly Line[]): Counts {
  const ends: (readonly [x: number, change: number])[] = [];
  for (const { xs, ys } of lines) {
    const [first, last] = [xs[firstKnown(ys)], xs[lastKnown(ys)]];
    if (first !== undefined && last !== undefined) ends.push([first, 1], [last, -1]);
  }
  const places = [...new Set(ends.map(([x]) => x))].sort((a, b) => a - b);
  const begun = tally(ends.filter(([, change]) => change > 0));
  const ended = tally(ends.filter(([, change]) => change < 0));
  let running = 0;
  const n = places.map((x) => {
    running += begun.get(x) ?? 0;
    const here = running;
    running -= ended.get(x) ?? 0;
    return here;
  });
  return { xs: Float64Array.from(places), n: Float64Array.from(n) };
}

function tally(ends: readonly (readonly [x: number, change: number])[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const [x] of ends) found.set(x, (found.get(x) ?? 0) + 1);
  return found;
}

function firstKnown(ys: Float64Array): number {
  return ys.findIndex((y) => !Number.isNaN(y));
}

function lastKnown(ys: Float64Array): number {
  return ys.findLastIndex((y) => !Number.isNaN(y));
}
