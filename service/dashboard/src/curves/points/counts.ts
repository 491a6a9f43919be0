/** How many runs have come as far as each x. */

import type { Line } from "../lines";

export interface Counts {
  readonly xs: Float64Array;
  readonly n: Float64Array;
}

/** Runs from their first to their last point, and of middles the runs that count; one that ended early counts no more, which a mean of the rest hides. */
export function countsOf(lines: readonly Line[]): Counts {
  const changes = new Map<number, number>();
  const ends = new Map<number, number>();
  for (const line of lines) {
    let [before, end] = [0, NaN];
    for (const [x, n] of stepsOf(line)) {
      add(changes, x, n - before);
      [before, end] = [n, x];
    }
    add(ends, end, before);
  }
  let counting = 0;
  const xs = [...changes.keys()].sort((a, b) => a - b);
  const n = xs.map((x) => {
    const here = counting + (changes.get(x) ?? 0);
    counting = here - (ends.get(x) ?? 0);  // the last point still counts
    return here;
  });
  return { xs: Float64Array.from(xs), n: Float64Array.from(n) };
}

/** From where on a line stands for how many runs; the last of these is its end. */
function stepsOf({ xs, ys, band }: Line): (readonly [x: number, n: number])[] {
  if (band !== null) return Array.from(xs, (x, index) => [x, band.n[index] ?? 0]);
  const known = [ys.findIndex((y) => !Number.isNaN(y)), ys.findLastIndex((y) => !Number.isNaN(y))];
  return known.flatMap((index) => (xs[index] === undefined ? [] : [[xs[index], 1] as const]));
}

function add(counts: Map<number, number>, x: number, change: number): void {
  counts.set(x, (counts.get(x) ?? 0) + change);
}
