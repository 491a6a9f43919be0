/** Lines in the pixels of the plot. */

import type { Line } from "../../curves/lines";

/** From values to pixels; NaN for what an axis cannot show. */
export interface Placing {
  readonly toX: (x: number) => number;
  readonly toY: (y: number) => number;
}

export interface Projected {
  readonly line: Line;
  /** x and y of each point in turn, in CSS pixels of the plot; NaN where the line has a gap. */
  readonly points: Float32Array;
  /** Likewise where each point that has no finite value is marked; NaN for all others. */
  readonly gaps: Float32Array;
}

/**
 * Project a line. A point without a finite value is marked between its neighbors, and at `floor` if the line has no
 * point that could be drawn.
 */
export function project(line: Line, placing: Placing, floor: number): Projected {
  const points = pixelsOf(line.xs, line.ys, placing);
  return { line, points, gaps: line.band === null ? gapsOf(line, points, floor) : new Float32Array() };
}

export function pixelsOf(xs: Float64Array, ys: Float64Array, { toX, toY }: Placing): Float32Array {
  const points = new Float32Array(2 * xs.length);
  for (let index = 0; index < xs.length; index++) {
    const x = toX(xs[index] as number);
    points[2 * index] = x;
    points[2 * index + 1] = Number.isNaN(x) ? NaN : toY(ys[index] as number);
  }
  return points;
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
