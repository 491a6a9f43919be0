/** Where the mark of the best stands. */

import type { StudyView } from "../../api/types";
import type { Line } from "../../curves/lines";
import type { Placing } from "./projection";
import { pixelsOf } from "./projection";

/** Which epoch of a run counts. */
export type Reduce = StudyView["objective"]["reduce"];
/** Run to the x at which it is judged, as far as that is known. */
export type Judged = ReadonlyMap<string, number>;
type Place = readonly [x: number, y: number];

/** In pixels: at what was measured where the line's run is judged, by whichever metric, or of a thinned line at the last point before; if that is in view. */
export function markOf(line: Line, judged: Judged, placing: Placing, width: number, height: number): Place | null {
  const at = placeOf(line, judged.get(line.id) ?? NaN);
  if (at < 0) return null;
  const points = pixelsOf(line.xs, line.raw ?? line.ys, placing);
  const [x, y] = [points[2 * at] as number, points[2 * at + 1] as number];
  return isWithin(x, width) && isWithin(y, height) ? [x, y] : null;
}

function placeOf({ xs, thinned }: Line, judged: number): number {
  const exact = xs.indexOf(judged);
  return exact < 0 && thinned ? xs.findLastIndex((x) => x <= judged) : exact;
}

/** Where runs are judged, by their curves of the objective. */
export function judgedOf(objective: readonly Pick<Line, "id" | "xs" | "ys" | "value">[], reduce: Reduce): Judged {
  return new Map(
    objective.flatMap(({ id, xs, ys, value }) => {
      const at = judgedAt(ys, value, reduce);
      return at === null ? [] : [[id, xs[at] as number] as const];
    }),
  );
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
