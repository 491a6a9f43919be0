/** Which part of each pixel column a line covers: what is drawn of it when there are thousands, and what the pointer meets. */

import type { Line } from "../../curves/lines";
import type { Placing } from "../scales/projection";
import { isSamePlacing } from "../scales/projection";
import { placesOn } from "../scales/scales";

/** Line by line the least and the greatest y in each column; infinite, the wrong way round, where it does not pass. */
export interface Spans {
  readonly columns: number;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

type Points = Pick<Line, "xs" | "ys">;

/** Spans that know what they are of, so that the next ones need not be worked out of what has not changed. */
export interface KeptSpans extends Spans {
  readonly lines: readonly Points[];
  readonly placing: Placing;
}

/** The spans of lines in so many columns of pixels, of which `ratio` make one of the plot's; put into `kept` where they fit. */
export function spansOf(lines: readonly Points[], placing: Placing, columns: number, ratio: number, kept: KeptSpans | null = null): KeptSpans {
  const size = lines.length * columns;
  const fitting = kept?.columns === columns && kept.low.length === size ? kept : null;
  const { low, high } = fitting ?? { low: new Float32Array(size), high: new Float32Array(size) };
  const spans = { columns, low, high, lines, placing };
  const before = fitting && isSamePlacing(fitting.placing, placing) ? fitting.lines : [];
  lines.forEach((line, place) => {
    if (before[place]?.xs === line.xs && before[place].ys === line.ys) return;
    const first = place * columns;
    low.fill(Infinity, first, first + columns);
    high.fill(-Infinity, first, first + columns);
    addSpans(line, placing, ratio, spans, first);
  });
  return spans;
}

/**
 * Add the spans of a line to columns that begin at `first`. Each point lies in its column, and where two columns meet,
 * the line between two points lies in both. This is the chart's innermost loop, a million points a frame: what a column
 * holds is gathered in two numbers until the line leaves it.
 */
function addSpans({ xs, ys }: Points, { toX, toY }: Placing, ratio: number, spans: Spans, first: number): void {
  const [placesX, placesY] = [placesOn(toX.scale, xs), placesOn(toY.scale, ys)];
  const [slopeX, offsetX, slopeY, offsetY] = [ratio * toX.slope, ratio * toX.offset, ratio * toY.slope, ratio * toY.offset];
  const columns = spans.columns;
  let column = -1;
  let low = Infinity;
  let high = -Infinity;
  let lastX = NaN;
  let lastY = NaN;
  for (let index = 0; index < placesX.length; index++) {
    const x = offsetX + slopeX * (placesX[index] as number);
    const y = offsetY + slopeY * (placesY[index] as number);
    const next = Math.floor(x);
    if (next !== column) {
      if (next > column && x > lastX && next >= 0 && column < columns) {
        const slope = (y - lastY) / (x - lastX);
        const end = next < columns ? next : columns;
        let border = column < 0 ? 0 : column + 1;
        let crossing = lastY + slope * (border - lastX);
        if (column >= 0) widen(spans, first + column, crossing < low ? crossing : low, crossing > high ? crossing : high);
        while (border < end) {
          const entered = crossing;
          crossing = lastY + slope * (border + 1 - lastX);
          widen(spans, first + border, crossing < entered ? crossing : entered, crossing > entered ? crossing : entered);
          border++;
        }
        low = crossing === crossing ? crossing : Infinity;
        high = crossing === crossing ? crossing : -Infinity;
      } else {
        if (column >= 0 && column < columns) widen(spans, first + column, low, high);
        low = Infinity;
        high = -Infinity;
      }
      column = next;
    }
    if (y < low) low = y;
    if (y > high) high = y;
    lastX = x;
    lastY = y;
  }
  if (column >= 0 && column < columns) widen(spans, first + column, low, high);
}

/** A column that a line comes back to, as by the clock after a resume, has what it covered then too. */
function widen({ low, high }: Spans, at: number, from: number, to: number): void {
  if (from < (low[at] as number)) low[at] = from;
  if (to > (high[at] as number)) high[at] = to;
}
