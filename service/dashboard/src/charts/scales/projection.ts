/** Lines in the pixels of the plot. */

import type { Line } from "../../curves/lines";
import type { Mapping } from "./scales";
import { placesOn } from "./scales";

/** From values to pixels; NaN for what an axis cannot show. */
export interface Placing {
  readonly toX: Mapping;
  readonly toY: Mapping;
}

/** Whether all values have the same pixels. */
export function isSamePlacing(one: Placing, other: Placing): boolean {
  return isSameMapping(one.toX, other.toX) && isSameMapping(one.toY, other.toY);
}

function isSameMapping(one: Mapping, other: Mapping): boolean {
  return one.scale === other.scale && one.slope === other.slope && one.offset === other.offset;
}

/** A line in pixels, each kind of which is worked out once it is asked for: of a crowd hardly any are. */
export interface Projected {
  readonly line: Line;
  /** x and y of each point in turn, in CSS pixels of the plot; NaN where the line has a gap. */
  readonly points: Float32Array;
  /** Likewise where each point that has no finite value is marked; NaN for all others, and empty without such a point. */
  readonly gaps: Float32Array;
}

const NONE = new Float32Array();

/**
 * Project a line. A point without a finite value is marked between its neighbors, and at `floor` if the line has no
 * point that could be drawn.
 */
export function project(line: Line, placing: Placing, floor: number): Projected {
  let points: Float32Array | null = null;
  let gaps: Float32Array | null = null;
  return {
    line,
    get points() {
      return (points ??= pixelsOf(line.xs, line.ys, placing));
    },
    get gaps() {
      return (gaps ??= line.band === null && hasGaps(line.ys) ? gapsOf(line, this.points, floor) : NONE);
    },
  };
}

export function pixelsOf(xs: Float64Array, ys: Float64Array, { toX, toY }: Placing): Float32Array {
  const [placesX, placesY] = [placesOn(toX.scale, xs), placesOn(toY.scale, ys)];
  const points = new Float32Array(2 * xs.length);
  for (let index = 0; index < xs.length; index++) {
    const x = toX.offset + toX.slope * (placesX[index] as number);
    points[2 * index] = x;
    points[2 * index + 1] = Number.isNaN(x) ? NaN : toY.offset + toY.slope * (placesY[index] as number);
  }
  return points;
}

const GAPS = new WeakMap<Float64Array, boolean>();

function hasGaps(ys: Float64Array): boolean {
  let found = GAPS.get(ys);
  if (found === undefined) GAPS.set(ys, (found = !ys.every(Number.isFinite)));
  return found;
}

function gapsOf({ ys }: Line, points: Float32Array, floor: number): Float32Array {
  const gaps = new Float32Array(points.length).fill(NaN);
  for (let index = 0; index < ys.length; index++) {
    if (Number.isFinite(ys[index])) continue;
    gaps[2 * index] = points[2 * index] as number;
    gaps[2 * index + 1] = heightOfGap(points, 2 * index, floor);
  }
  return gaps;
}

/** On the straight line between the nearest points that are drawn, or level with the only one. */
function heightOfGap(points: Float32Array, at: number, floor: number): number {
  const [before, after] = [drawnFrom(points, at, -2), drawnFrom(points, at, 2)];
  if (before === null || after === null) return points[(before ?? after ?? NaN) + 1] ?? floor;
  const [x, ax, ay, bx, by] = [at, before, before + 1, after, after + 1].map((place) => points[place] as number) as [number, number, number, number, number];
  return ay + ((by - ay) * (x - ax)) / (bx - ax || 1);
}

function drawnFrom(points: Float32Array, at: number, step: number): number | null {
  for (let i = at + step; i >= 0 && i < points.length; i += step) if (!Number.isNaN(points[i + 1])) return i;
  return null;
}
