/** A stretch that was fetched with more of its points, put into the curves that were thinned. */

import { spliced } from "../../api/splicing";
import type { CurveGroups, Curves } from "../../api/types";
import type { XAxis } from "../../state/url/bench";

type Series = Curves["series"][number];
type Group = CurveGroups["groups"][number];

/** The curves with all that is known of the stretch; outside of it they stay as they are, so that axes and best values do. */
export function withDetail(all: Curves, stretch: Curves, axis: XAxis): Curves {
  if (all.metric !== stretch.metric) return all;
  const near = new Map(stretch.series.map((series) => [series.run_id, series]));
  return { ...all, series: all.series.map((series) => withStretch(series, near.get(series.run_id), axis)) };
}

/** The same of the middles and bands of groups. */
export function withGroupDetail(all: CurveGroups, stretch: CurveGroups): CurveGroups {
  if (all.metric !== stretch.metric) return all;
  const near = new Map(stretch.groups.map((group) => [String(group.key["group"]), group]));
  return { ...all, groups: all.groups.map((group) => withGroupStretch(group, near.get(String(group.key["group"])))) };
}

function withStretch(series: Series, near: Series | undefined, axis: XAxis): Series {
  const [own, fine] = [series.x[axis], near?.x[axis]];
  const place = own && fine && placeOf(own, fine);
  return near && place ? { ...series, ...spliced(series, near, ...place) } : series;
}

function withGroupStretch(group: Group, near: Group | undefined): Group {
  const place = near && placeOf(group.x, near.x);
  if (!place) return group;
  const [head, tail] = place;
  const put = <T>(own: readonly T[], fine: readonly T[]) => [...own.slice(0, head), ...fine, ...own.slice(tail)];
  return { ...group, x: put(group.x, near.x), n: put(group.n, near.n), n_carried: put(group.n_carried, near.n_carried), mid: put(group.mid, near.mid), low: put(group.low, near.low), high: put(group.high, near.high) };
}

/** How many points stand before the stretch, and which is the first behind it; nothing for a stretch without a point. */
function placeOf(own: ArrayLike<number>, fine: ArrayLike<number>): readonly [head: number, tail: number] | undefined {
  const [first, last] = [fine[0], fine[fine.length - 1]];
  if (first === undefined || last === undefined || Number.isNaN(first)) return undefined;
  let head = 0;
  while (head < own.length && (own[head] as number) < first) head += 1;
  let tail = own.length;
  while (tail > head && (own[tail - 1] as number) > last) tail -= 1;
  return [head, tail];
}
