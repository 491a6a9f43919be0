/** A stretch that was fetched with more of its points, put into the curves that were thinned. */

import type { CurveGroups, Curves } from "../../api/types";
import type { XAxis } from "../../state/url/bench";

type Series = Curves["series"][number];
type Group = CurveGroups["groups"][number];

/** The curves with all that is known of the stretch; outside of it they stay as they are, so that axes and best values do. */
export function withDetail(all: Curves, stretch: Curves, axis: XAxis): Curves {
  if (all.metric !== stretch.metric) return all;
  const near = new Map(stretch.series.map((series) => [series.run_id, series]));
  return { ...all, series: all.series.map((series) => spliced(series, near.get(series.run_id), axis)) };
}

/** The same of the middles and bands of groups. */
export function withGroupDetail(all: CurveGroups, stretch: CurveGroups): CurveGroups {
  if (all.metric !== stretch.metric) return all;
  const near = new Map(stretch.groups.map((group) => [String(group.key["group"]), group]));
  return { ...all, groups: all.groups.map((group) => splicedGroup(group, near.get(String(group.key["group"])))) };
}

function spliced(series: Series, near: Series | undefined, axis: XAxis): Series {
  const [own, fine] = [series.x[axis], near?.x[axis]];
  const place = own && fine && placeOf(own, fine);
  if (!near || !own || !fine || !place) return series;
  const [head, tail] = place;
  const moved = head + fine.length - tail;
  const first = new Map<number, number>();  // attempt to where it begins; of two places the earlier one
  const note = (attempts: Series["attempts"], shift: number) => attempts.forEach(([number, index]) => first.has(number as number) || first.set(number as number, (index as number) + shift));
  note(series.attempts.filter(([, index]) => (index as number) < head), 0);
  note(near.attempts, head);
  note(series.attempts.filter(([, index]) => (index as number) >= tail), moved);
  return { ...series, x: { [axis]: joined(own, fine, head, tail) }, y: joined(series.y, near.y, head, tail) as Float32Array<ArrayBuffer>, attempts: [...first].map(([number, index]) => [number, index]) };
}

function splicedGroup(group: Group, near: Group | undefined): Group {
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

function joined<C extends Float64Array | Float32Array>(own: C, fine: C, head: number, tail: number): C {
  const made = new (own.constructor as new (n: number) => C)(head + fine.length + own.length - tail);
  made.set(own.subarray(0, head));
  made.set(fine, head);
  made.set(own.subarray(tail), head + fine.length);
  return made;
}
