/** Where the star stands that marks the best. */

import type { Line } from "../../curves/lines";
import type { Placing } from "./projection";
import { pixelsOf } from "./projection";

/**
 * In pixels: at the measured value that the line's run is judged by, if that is in view. Another metric, and the middle
 * of several runs, has no such point: then at the last one in view.
 */
export function starOf(line: Line, placing: Placing, width: number, height: number): readonly [x: number, y: number] | null {
  const measured = line.raw ?? line.ys;
  const judged = judgedAt(measured, line.value);
  const points = pixelsOf(line.xs, judged === null ? line.ys : measured, placing);
  const inView = (at: number) => isWithin(points[2 * at] as number, width) && isWithin(points[2 * at + 1] as number, height);
  let at = judged ?? line.xs.length - 1;
  while (judged === null && at >= 0 && !inView(at)) at--;
  return at >= 0 && inView(at) ? [points[2 * at] as number, points[2 * at + 1] as number] : null;
}

/** The server sends points in single precision, and the value in double. */
function judgedAt(measured: Float64Array, value: number | null): number | null {
  if (value === null) return null;
  const at = measured.findIndex((y) => Math.fround(y) === Math.fround(value));
  return at < 0 ? null : at;
}

function isWithin(value: number, length: number): boolean {
  return value >= -1 && value <= length + 1;
}
