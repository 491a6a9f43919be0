/** Lines in the pixels of the plot, and the line that is nearest to the pointer. */

import type { Line } from "./lines";

export interface Projected {
  readonly line: Line;
  /** x and y of each point in turn, in CSS pixels of the plot; NaN where the line has a gap. */
  readonly points: Float32Array;
}

export interface Hit {
  readonly line: Line;
  /** Index of the line's point that is nearest to the pointer. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/** Project a line; `toX` and `toY` map values to pixels, and values a log axis cannot show become gaps. */
export function project(line: Line, toX: (x: number) => number, toY: (y: number) => number, log: boolean): Projected {
  const points = new Float32Array(2 * line.xs.length);
  line.xs.forEach((x, index) => {
    const y = line.ys[index];
    const shown = y !== null && y !== undefined && Number.isFinite(y) && (!log || y > 0);
    points[2 * index] = toX(x);
    points[2 * index + 1] = shown ? toY(y) : NaN;
  });
  return { line, points };
}

/** The line nearest to (x, y), if one passes within `reach` pixels. Later lines are drawn on top and win ties. */
export function nearest(all: readonly Projected[], x: number, y: number, reach: number): Hit | null {
  let best: Projected | null = null;
  let bestDistance = reach * reach;
  for (const projected of all) {
    const distance = squaredDistance(projected.points, x, y);
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

function pointOf({ line, points }: Projected, x: number): Hit | null {
  let index = -1;
  for (let i = 0; i < line.xs.length; i++) {
    if (Number.isNaN(points[2 * i + 1])) continue;
    if (index < 0 || Math.abs((points[2 * i] as number) - x) < Math.abs((points[2 * index] as number) - x)) index = i;
  }
  if (index < 0) return null;
  return { line, index, x: points[2 * index] as number, y: points[2 * index + 1] as number };
}
