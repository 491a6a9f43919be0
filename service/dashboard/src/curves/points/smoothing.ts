/** Smoothing and the best so far: what a reader may see instead of the points that were measured. */

import type { Line } from "../lines";

/**
 * The line smoothed by an exponential average whose weights halve every `halfLife` along x, however far apart the
 * points are. Weights are divided by their sum, so that the first points are not drawn towards zero; points without a
 * value have none. What an attempt learned ends where it was lost: each resume begins anew.
 */
export function smoothed<L extends Pick<Line, "xs" | "ys" | "resumes">>(line: L, halfLife: number): L {
  if (!(halfLife > 0)) return line;
  const { xs, ys } = line;
  const resumes = new Set(line.resumes);
  const smooth = new Float64Array(ys.length).fill(NaN);
  let [average, weight, last] = [0, 0, NaN];
  ys.forEach((y, index) => {
    if (resumes.has(index)) weight = 0;
    if (Number.isNaN(y)) return;
    const x = xs[index] as number;
    const kept = weight === 0 ? 0 : 2 ** (-Math.max(0, x - last) / halfLife);
    [weight, last] = [weight * kept + 1, x];
    average += (y - average) / weight;
    smooth[index] = average;
  });
  return { ...line, ys: smooth };
}

/** The best value up to each point. */
export function bestSoFar<L extends Pick<Line, "ys">>(line: L, maximize: boolean): L {
  let best = NaN;
  const ys = line.ys.map((y) => {
    if (Number.isNaN(best) || (maximize ? y > best : y < best)) best = y;
    return Number.isNaN(y) ? NaN : best;
  });
  return { ...line, ys };
}
