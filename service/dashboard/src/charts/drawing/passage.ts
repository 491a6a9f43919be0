/** Which pixel columns a line passes, and where it goes from one to the next: the same for all lines that share their x. */

import type { Mapping } from "../scales/scales";
import { placesOn } from "../scales/scales";

/** The visits to columns in the order in which the line makes them. */
export interface Passage {
  readonly length: number;
  /** -1 for none, where the line only comes to the plot. */
  readonly column: Int32Array;
  /** The points within, until before the second one. */
  readonly from: Int32Array;
  readonly until: Int32Array;
  /** How far from the point before `until` to the next it leaves the column; NaN where nothing joins the two. */
  readonly share: Float64Array;
}

/**
 * The passage of lines with these x through so many columns, of which `ratio` make a pixel of the mapping's. Each point
 * lies in its column, and where two columns meet, the line between two points lies in both. What goes back, as the clock
 * does after a resume, and what the axis cannot show, joins nothing.
 */
export function passageOf(xs: Float64Array, toX: Mapping, columns: number, ratio: number): Passage {
  const places = placesOn(toX.scale, xs);
  const [slope, offset] = [ratio * toX.slope, ratio * toX.offset];
  const room = (1 + breaksOf(places)) * (columns + 2);
  const [column, from, until, share] = [new Int32Array(room), new Int32Array(room), new Int32Array(room), new Float64Array(room)];
  let length = 0;
  const visit = (at: number, first: number, end: number, leaving: number) => {
    column[length] = at;
    from[length] = first;
    until[length] = end;
    share[length++] = leaving;
  };
  let present = -1;
  let first = 0;
  let lastX = NaN;
  for (let index = 0; index < places.length; index++) {
    const x = offset + slope * (places[index] as number);
    const next = Math.floor(x);
    if (next !== present) {
      const isOpen = present >= 0 && present < columns;
      if (x > lastX && next >= 0 && present < columns) {
        const end = next < columns ? next : columns;
        let border = isOpen ? present + 1 : 0;
        visit(isOpen ? present : -1, isOpen ? first : index, index, (border - lastX) / (x - lastX));
        while (border < end) visit(border, index, index, (++border - lastX) / (x - lastX));
        if (next >= columns) visit(-1, index, index, NaN);
      } else if (isOpen) visit(present, first, index, NaN);
      present = next;
      first = index;
    }
    lastX = x;
  }
  if (present >= 0 && present < columns) visit(present, first, places.length, NaN);
  return { length, column, from, until, share };
}

/** How often what is rising does so anew. */
function breaksOf(places: Float64Array): number {
  let n = 0;
  for (let index = 1; index < places.length; index++) if (!((places[index] as number) >= (places[index - 1] as number))) n++;
  return n;
}
