/** Calls about learning curves. */

import { client, dataOf } from "./client";

/** Points of all curves beyond these are thinned by the server, which keeps the spikes of each of these columns. */
const THINNED = { max_points: 120_000, width: 200 };

/** One metric's curves: of all runs of the study, or of the given ones. */
export function getCurves(study: string, metric: string, runs: readonly string[] | null) {
  const which = runs === null ? { study: [study] } : { run: [...runs] };
  return dataOf(client.GET("/api/v1/curves", { params: { query: { ...which, metric, ...THINNED } } }));
}
