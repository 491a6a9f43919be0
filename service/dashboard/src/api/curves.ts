/** Calls about learning curves. */

import { client, dataOf } from "./client";

/** Points of a curve beyond these are thinned by the server, which keeps the spikes. */
const MAX_POINTS = 400;

/** Runs beyond these are left out by the server, and the page says how many. */
const MAX_RUNS = 300;

export function getCurves(study: string, metric: string) {
  return dataOf(client.GET("/api/v1/curves", { params: { query: { study: [study], metric, max_points: MAX_POINTS, max_runs: MAX_RUNS } } }));
}
