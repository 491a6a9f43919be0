/** Where the mark of the best stands. */

import type { StudyView } from "../../api/types";
import type { Line } from "../../curves/lines";
import type { Mark } from "../styles";
import type { Placing } from "./projection";
import { pixelsOf } from "./projection";

/** Which epoch of a run counts. */
export type Reduce = StudyView["objective"]["reduce"];
type Place = readonly [x: number, y: number];

/**
 * In pixels: at the measured value that the line's run is judged by, if that is in view. The curve of another metric has
 * no such point: there a star stands at the last one in view, and a dot nowhere.
 */
export function markOf(line: Line, shape: Mark["shape"], reduce: Reduce, placing: Placing, width: number, height: number): Place | null {
  const measured = line.raw ?? line.ys;
  const judged = judgedAt(measured, line.value, reduce);
  if (judged === null && shape === "dot") return null;
  const points = pixelsOf(line.xs, judged === null ? line.ys : measured, placing);
  const inView = (at: number) => isWithin(points[2 * at] as number, width) && isWithin(points[2 * at + 1] as number, height);
  let at = judged ?? line.xs.length - 1;
  while (judged === null && at >= 0 && !inView(at)) at--;
  return at >= 0 && inView(at) ? [points[2 * at] as number, points[2 * at + 1] as number] : null;
}

/** The first of equally good epochs counts, or the last one. The server sends points in single precision, and the value in double. */
function judgedAt(measured: Float64Array, value: number | null, reduce: Reduce): number | null {
  if (value === null) return null;
  const isIt = (y: number) => Math.fround(y) === Math.fround(value);
  const at = reduce === "last" ? measured.findLastIndex(isIt) : measured.findIndex(isIt);
  return at < 0 ? null : at;
}

function isWithin(value: number, length: number): boolean {
  return value >= -1 && value <= length + 1;
}
