/** Which part of each pixel column a line covers: what is drawn of it when there are thousands, and what the pointer meets. */

import type { Line } from "../../curves/lines";
import type { Placing } from "../scales/projection";
import { isSamePlacing } from "../scales/projection";
import { placesOn } from "../scales/scales";
import type { Passage } from "./passage";
import { passageOf } from "./passage";

/** That of a picture, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What lines cover of the columns of a picture. */
export interface Spans extends Size {
  /** Line by line and column by column the first row and the one after the last; none where the line does not pass the picture. */
  readonly rows: Int16Array;
}

type Points = Pick<Line, "xs" | "ys">;

/** Spans that know what they are of, so that the next ones need not be worked out of what has not changed. */
export interface KeptSpans extends Spans {
  readonly lines: readonly Points[];
  readonly placing: Placing;
}

/** The spans of lines in pixels of the screen, of which `ratio` make one of the plot's; put into `kept` where they fit. */
export function spansOf(lines: readonly Points[], placing: Placing, { width, height }: Size, ratio: number, kept: KeptSpans | null = null): KeptSpans {
  const fitting = kept?.width === width && kept.height === height && kept.lines.length === lines.length ? kept : null;
  const rows = fitting?.rows ?? new Int16Array(2 * lines.length * width);
  const spans = { width, height, rows, lines, placing };
  const before = fitting && isSamePlacing(fitting.placing, placing) ? fitting.lines : [];
  const passages = new Map<Float64Array, Passage>();
  const { scale, slope, offset } = placing.toY;
  const none = Int16Array.from({ length: 2 * width }, (_, at) => (at % 2 === 0 ? height : 0));
  lines.forEach(({ xs, ys }, place) => {
    if (before[place]?.xs === xs && before[place].ys === ys) return;
    let passage = passages.get(xs);
    if (passage === undefined) passages.set(xs, (passage = passageOf(xs, placing.toX, width, ratio)));
    rows.set(none, 2 * place * width);
    addSpans(placesOn(scale, ys), passage, ratio * slope, ratio * offset, spans, 2 * place * width);
  });
  return spans;
}

/** Beyond so many pixels a sum is too coarse for what is added to it: there the ends are found by comparing. */
const FAR = 1e9;

/**
 * Add the spans of a line to rows that begin at `first`. This is the chart's innermost loop, a million points a frame:
 * it finds least and greatest by sums, because no processor foresees how comparisons of noise end.
 */
function addSpans(places: Float64Array, { length, column, from, until, share }: Passage, slope: number, offset: number, { height, rows }: Spans, first: number): void {
  let crossing = NaN;  // where the line came from the column before
  for (let visit = 0; visit < length; visit++) {
    const begin = from[visit] as number;
    const end = until[visit] as number;
    const leaving = share[visit] as number;
    const entered = crossing;
    crossing = NaN;
    if (leaving === leaving) {
      const before = places[end - 1] as number;
      crossing = offset + slope * (before + leaving * ((places[end] as number) - before));
    }
    const apart = Math.abs(entered - crossing);
    let least = 0.5 * (entered + crossing - apart);
    let most = least + apart;
    for (let at = begin; at < end; at++) {
      const y = offset + slope * (places[at] as number);
      least = 0.5 * (least + y - Math.abs(least - y));
      most = 0.5 * (most + y + Math.abs(most - y));
    }
    if (!(most - least < FAR)) {  // or there is no number
      const ends = endsOf(places, begin, end, slope, offset, [entered, crossing]);
      least = ends.least;
      most = ends.most;
    }
    const at = first + 2 * (column[visit] as number);
    if (at < first || !(most >= 0 && least < height)) continue;
    const begun = least > 0 ? least | 0 : 0;
    const ended = most < height ? (most | 0) + 1 : height;
    // A column that a line comes back to, as by the clock after a resume, has what it covered then too.
    if (begun < (rows[at] as number)) rows[at] = begun;
    if (ended > (rows[at + 1] as number)) rows[at + 1] = ended;
  }
}

/** The least and the greatest of some points and crossings, as far as they are numbers. */
function endsOf(places: Float64Array, begin: number, end: number, slope: number, offset: number, crossings: readonly number[]): { readonly least: number; readonly most: number } {
  let [least, most] = [Infinity, -Infinity];
  const take = (y: number) => {
    if (y < least) least = y;
    if (y > most) most = y;
  };
  crossings.forEach(take);
  for (let at = begin; at < end; at++) take(offset + slope * (places[at] as number));
  return { least, most };
}
