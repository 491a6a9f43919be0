/** Lines in the pixels of the plot, and the line that is nearest to the pointer. */

import type { Line } from "./lines";

export interface Projected {
  readonly line: Line;
  /** x and y of each point in turn, in CSS pixels of the plot; NaN where the line has a gap. */
  readonly points: Float32Array;
  /** Likewise where each point that has no finite value is marked; NaN for all others. */
  readonly gaps: Float32Array;
}

export interface Hit {
  readonly line: Line;
  /** Index of the line's point that is nearest to the pointer. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Project a line; `toX` and `toY` map values to pixels, and values a log axis cannot show become gaps. A point without a
 * finite value is marked between its neighbors, and at `floor` if the line has no point that could be drawn.
 */
export function project(line: Line, toX: (x: number) => number, toY: (y: number) => number, log: boolean, floor: number): Projected {
  const points = new Float32Array(2 * line.xs.length);
  line.xs.forEach((x, index) => {
    const y = line.ys[index];
    const shown = isKnown(y) && (!log || y > 0);
    points[2 * index] = toX(x);
    points[2 * index + 1] = shown ? toY(y) : NaN;
  });
  return { line, points, gaps: gapsOf(line, points, floor) };
}

function isKnown(y: number | null | undefined): y is number {
  return typeof y === "number" && Number.isFinite(y);
}

function gapsOf(line: Line, points: Float32Array, floor: number): Float32Array {
  const gaps = new Float32Array(points.length).fill(NaN);
  line.ys.forEach((y, index) => {
    if (isKnown(y)) return;
    gaps[2 * index] = points[2 * index] as number;
    gaps[2 * index + 1] = heightOfGap(points, 2 * index, floor);
  });
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

/** The line nearest to (x, y), if one passes within `reach` pixels. Later lines are drawn on top and win ties. */
export function nearest(all: readonly Projected[], x: number, y: number, reach: number): Hit | null {
  let best: Projected | null = null;
  let bestDistance = reach * reach;
  for (const projected of all) {
    const distance = Math.min(squaredDistance(projected.points, x, y), squaredDistance(projected.gaps, x, y));
    if (distance <= bestDistance) [best, bestDistance] = [projected, distance];
  }
  return best && pointOf(best, x);
}

function squaredDistance(points: Float32Array, x: number, y: number): number {
  let least = Infinity;
  for (let i = 0; i < points.length; i += 2) {
    const [ax, ay] = [points[i] as number, points[i + 1] as number];
    if (Number.isNaN(ay)) continue;
    const next = points[i + 3];
    const linked = next !== undefined && !Number.isNaN(next);
    const [dx, dy] = linked ? [(points[i + 2] as number) - ax, next - ay] : [0, 0];
    const length = dx * dx + dy * dy;
    const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
    least = Math.min(least, (ax + t * dx - x) ** 2 + (ay + t * dy - y) ** 2);
  }
  return least;
}

function pointOf({ line, points, gaps }: Projected, x: number): Hit | null {
  let hit: Hit | null = null;
  for (let index = 0; index < line.xs.length; index++) {
    const px = points[2 * index] as number;
    const [drawn, marked] = [points[2 * index + 1] as number, gaps[2 * index + 1] as number];
    const py = Number.isNaN(drawn) ? marked : drawn;
    if (Number.isNaN(py)) continue;
    if (hit === null || Math.abs(px - x) < Math.abs(hit.x - x)) hit = { line, index, x: px, y: py };
  }
  return hit;
}
