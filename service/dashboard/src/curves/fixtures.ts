/** Lines for tests. */

import type { Line } from "./lines";

/** A completed run's line through these values, one an epoch unless `xs` says where. */
export function lineOf(trial: number, ys: readonly (number | null)[], changes: Partial<Line> = {}): Line {
  return {
    id: `run_${trial}`, trial: String(trial), replicate: 0, state: "COMPLETED", value: null, part: "only",
    xs: Float64Array.from(ys, (_, index) => index + 1), ys: Float64Array.from(ys, (y) => y ?? NaN), resumes: [], thinned: false, raw: null, band: null, ...changes,
  };
}
