/** The line nearest to the pointer, found among thousands by an index of pixel columns. */

import type { Line } from "../curves/lines";
import type { Projected } from "./scales/projection";
import type { Spans } from "./drawing/spans";

export interface Hit {
  readonly line: Line;
  /** Index of the line's point that is nearest to the pointer. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/** Where a point without a finite value is marked, and whose it is. */
interface Mark {
  readonly place: number;
  readonly x: number;
  readonly y: number;
}

/** The spans of all lines, later ones on top, and the marks of their gaps, which no line joins. */
export class HoverIndex {
  private readonly marks: readonly Mark[];

  /** `ratio` columns of the spans make one pixel of the plot. */
  constructor(private readonly all: readonly Projected[], private readonly spans: Spans, private readonly ratio: number) {
    this.marks = all.flatMap(({ gaps }, place) => marksOf(gaps, place, ratio));
  }

  /** The line nearest to (x, y), if one passes within `reach` pixels. Later lines are drawn on top and win ties. */
  nearest(x: number, y: number, reach: number): Hit | null {
    const hit = this.all[this.place(x * this.ratio, y * this.ratio, reach * this.ratio)];
    return hit ? pointOf(hit, x) : null;
  }

  /** The place of the line nearest to a pixel of the screen, or -1. */
  private place(x: number, y: number, reach: number): number {
    const { width, rows } = this.spans;
    const [first, last] = [Math.max(0, Math.floor(x - reach)), Math.min(Math.floor(x + reach), width - 1)];
    let [best, least] = [-1, reach * reach];
    for (let place = this.all.length - 1; place >= 0; place--) {
      for (let column = first, at = 2 * (place * width + first); column <= last; column++, at += 2) {
        const begun = rows[at] as number;
        const ended = rows[at + 1] as number;
        if (begun >= ended) continue;
        const along = begun > y ? begun - y : y > ended ? y - ended : 0;
        if (along * along > least) continue;
        const across = column > x ? column - x : Math.max(0, x - column - 1);
        const distance = across * across + along * along;
        if (distance < least || (distance === least && best < 0)) [best, least] = [place, distance];
      }
    }
    for (const mark of this.marks) {
      const distance = (mark.x - x) ** 2 + (mark.y - y) ** 2;
      if (distance < least || (distance === least && mark.place > best)) [best, least] = [mark.place, distance];
    }
    return best;
  }
}

function marksOf(gaps: Float32Array, place: number, ratio: number): Mark[] {
  const marks: Mark[] = [];
  for (let at = 0; at < gaps.length; at += 2) {
    const [x, y] = [ratio * (gaps[at] as number), ratio * (gaps[at + 1] as number)];
    if (!Number.isNaN(y)) marks.push({ place, x, y });
  }
  return marks;
}

function pointOf({ line, points, gaps }: Projected, x: number): Hit | null {
  let hit: Hit | null = null;
  for (let index = 0; index < line.xs.length; index++) {
    const px = points[2 * index] as number;
    const [drawn, marked] = [points[2 * index + 1] as number, gaps[2 * index + 1] ?? NaN];
    const py = Number.isNaN(drawn) ? marked : drawn;
    if (Number.isNaN(py)) continue;
    if (hit === null || Math.abs(px - x) < Math.abs(hit.x - x)) hit = { line, index, x: px, y: py };
  }
  return hit;
}
