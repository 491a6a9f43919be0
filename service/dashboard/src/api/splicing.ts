/** Points of a curve put in the place of others of it. */

import type { Column, PackedSeries } from "./packedCurves";

export type Points = Pick<PackedSeries, "x" | "y" | "attempts">;

/** The first `head` points of a curve, then the given ones, then its own again from `tail` on. */
export function spliced(own: Points, put: Points, head: number, tail = own.y.length): Points {
  const moved = head + put.y.length - tail;
  const first = new Map<number, number>();  // attempt to where it begins; of two places the earlier one
  const note = (attempts: Points["attempts"], shift: number) => attempts.forEach(([number, index]) => first.has(number as number) || first.set(number as number, (index as number) + shift));
  note(own.attempts.filter(([, index]) => (index as number) < head), 0);
  note(put.attempts, head);
  note(own.attempts.filter(([, index]) => (index as number) >= tail), moved);
  const axes = Object.entries(own.x).flatMap(([axis, column]) => (put.x[axis] ? [[axis, joined(column, put.x[axis], head, tail)] as const] : []));
  return { x: Object.fromEntries(axes), y: joined(own.y, put.y, head, tail) as Float32Array, attempts: [...first].map(([number, index]) => [number, index]) };
}

/** The points from a place on. */
export function from({ x, y, attempts }: Points, place: number): Points {
  const axes = Object.entries(x).map(([axis, column]) => [axis, column.subarray(place)] as const);
  return { x: Object.fromEntries(axes), y: y.subarray(place), attempts: attempts.map(([number, index]) => [number as number, Math.max(0, (index as number) - place)]) };
}

function joined(own: Column, put: Column, head: number, tail: number): Column {
  const made = new (own.constructor as new (n: number) => Column)(head + put.length + own.length - tail);
  made.set(own.subarray(0, head));
  made.set(put, head);
  made.set(own.subarray(tail), head + put.length);
  return made;
}
