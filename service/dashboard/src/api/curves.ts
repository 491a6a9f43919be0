/** Calls about learning curves. */

import { client, dataOf } from "./client";
import { unpackCurves } from "./packedCurves";
import type { AggregateSelection, CurveGroups, Curves } from "./types";

/** Points of all curves beyond these are thinned by the server, which keeps the spikes of each pixel column. */
export const MOST_CURVE_POINTS = 2_000_000;
const MOST = { max_points: MOST_CURVE_POINTS, width: 1000 };
const MOST_RUNS = 10_000;
const PACKED = { headers: { Accept: "application/octet-stream" }, parseAs: "arrayBuffer" } as const;
/** Values of x in a group. */
export const MAX_POINTS = 400;

export type CurveAxis = AggregateSelection["x"];
/** From where to where on an axis. */
export type Stretch = readonly [from: number, to: number];

/** One metric's curves over an axis, or a stretch of it: of all runs of the studies, or of the given ones. */
export interface Wanted {
  readonly studies: readonly string[];
  readonly metric: string;
  readonly runs: readonly string[] | null;
  readonly axis: CurveAxis;
  readonly stretch: Stretch | null;
}

/** The curves; after the cursor of an answer, only what has come since. */
export async function getCurves({ studies, metric, runs, axis, stretch }: Wanted, after: string | null = null): Promise<Curves> {
  const within = stretch && { x_from: stretch[0], x_to: stretch[1] };
  const asked = { metric, x: [axis], max_runs: MOST_RUNS, ...MOST, ...within, ...(after !== null && { after }) };
  const call =
    runs === null
      ? client.GET("/api/v1/curves", { params: { query: { ...asked, study: [...studies] } }, ...PACKED })
      : client.POST("/api/v1/curves", { body: { ...asked, study: [], run: [...runs] }, ...PACKED });
  return unpackCurves(await dataOf<ArrayBuffer>(call));
}

/** How the runs of groups are put together. */
export type Aggregation = Pick<AggregateSelection, "x" | "center" | "band" | "survivors" | "best_so_far"> & { readonly x_from?: number; readonly x_to?: number };

/** One metric's middle and band of each group, over all of its runs. */
export function getCurveGroups(metric: string, groups: Readonly<Record<string, readonly string[]>>, how: Aggregation): Promise<CurveGroups> {
  const named = Object.fromEntries(Object.entries(groups).map(([key, runs]) => [key, [...runs]]));
  const selection = { study: [], run: [], group_by: [], groups: named, max_groups: Object.keys(named).length, max_points: MAX_POINTS };
  return dataOf(client.POST("/api/v1/curves:aggregate", { body: { ...selection, ...how, metric } }));
}
