/** Curves that go on: what has come since they were fetched is put behind what is there. */

import type { Wanted } from "../../api/curves";
import { MOST_CURVE_POINTS, getCurves } from "../../api/curves";
import { from, spliced } from "../../api/splicing";
import type { Curves } from "../../api/types";
import { mergeCurves } from "./merging";

type Series = Curves["series"][number];

/** How many times as many points as an answer has at most may be kept, before all are asked for again and thinned. */
const GROWTH = 1.25;

/** The curves as they are now, of which some are here: new points alone are fetched where they can be put behind those. */
export async function followed(kept: Curves, wanted: Wanted): Promise<Curves> {
  if (kept.n_runs_left_out > 0) return getCurves(wanted);
  const runs = wanted.runs && goingOn(wanted.runs, kept);
  if (runs?.length === 0) return kept;
  const news = await getCurves({ ...wanted, runs, stretch: null }, kept.cursor);
  if (news.complete) return getCurves(wanted);
  const { curves, apart } = withNews(kept, news, wanted.stretch === null);
  if (sizeOf(curves) > GROWTH * MOST_CURVE_POINTS) return getCurves(wanted);
  return apart.length === 0 ? curves : mergeCurves(curves, await getCurves({ ...wanted, runs: apart }));
}

/** The runs that may still report: of those that have ended nothing comes any more. */
function goingOn(runs: readonly string[], kept: Curves): string[] {
  const ended = new Set(kept.series.flatMap(({ run_id, state }) => (state === "RUNNING" || state === "WAITING" ? [] : [run_id])));
  return runs.filter((run) => !ended.has(run));
}

/** The curves with the news at their ends, and the runs whose curves are to be asked for apart; all with new points, unless they are kept `whole`. */
export function withNews(kept: Curves, news: Curves, whole: boolean): { readonly curves: Curves; readonly apart: readonly string[] } {
  const apart: string[] = [];
  const fresh = new Map(news.series.map((series) => [series.run_id, series]));
  const take = (own: Series | undefined, tail: Series): Series[] => {
    const put = whole || tail.y.length === 0 ? withTail(own, tail) : null;
    if (put === null) apart.push(tail.run_id);
    return put ? [put] : own ? [own] : [];
  };
  const series = kept.series.flatMap((own) => {
    const tail = fresh.get(own.run_id);
    fresh.delete(own.run_id);
    return tail ? take(own, tail) : [own];
  });
  series.push(...[...fresh.values()].flatMap((tail) => take(undefined, tail)));
  const n_points = series.reduce((sum, one) => sum + one.n_points, 0);
  return { curves: { ...kept, series, n_points, n_runs: kept.n_runs + series.length - kept.series.length, cursor: news.cursor }, apart };
}

/**
 * A curve with its new points. What the news say of points that are here already stands, unless only some of these are
 * kept. Null where the news do not reach back to what is here, or tell of another beginning or of fewer points.
 */
function withTail(own: Series | undefined, tail: Series): Series | null {
  if (tail.begin + tail.y.length !== tail.n_points) return null;
  if (own === undefined) return tail.begin === 0 ? tail : null;
  if (tail.began_at !== own.began_at || tail.begin > own.n_points || tail.n_points < own.n_points) return null;
  if (tail.y.length === 0) return { ...tail, x: own.x, y: own.y, attempts: own.attempts, begin: own.begin };
  const isWhole = own.y.length === own.n_points;
  const points = isWhole ? spliced(own, tail, tail.begin) : spliced(own, from(tail, own.n_points - tail.begin), own.y.length);
  return { ...tail, ...points, begin: own.begin };
}

function sizeOf({ series }: Curves): number {
  return series.reduce((sum, { y }) => sum + y.length, 0);
}
