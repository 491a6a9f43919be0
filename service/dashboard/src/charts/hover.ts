/** The line nearest to the pointer, found among thousands by an index of pixel columns. */

import type { Line } from "../curves/lines";
import type { Projected } from "./scales/projection";
import type { Spans } from "./drawing/spans";
import { addSpans, emptySpans } from "./drawing/spans";

export interface Hit {
  readonly line: Line;
  /** Index of the line's point that is nearest to the pointer. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/** Column by column the spans of all lines, later ones on top. */
export class HoverIndex {
  private readonly spans: Spans;

  constructor(private readonly all: readonly Projected[], private readonly columns: number) {
    this.spans = emptySpans(columns * all.length);
    all.forEach(({ points, gaps }, place) => {
      addSpans(points, columns, this.spans, place, all.length);
      addSpans(isolated(gaps), columns, this.spans, place, all.length);
    });
  }

  /** The line nearest to (x, y), if one passes within `reach` pixels. Later lines are drawn on top and win ties. */
  nearest(x: number, y: number, reach: number): Hit | null {
    const { low, high } = this.spans;
    const n = this.all.length;
    let [best, least] = [-1, reach * reach];
    const last = Math.min(Math.floor(x + reach), this.columns - 1);
    for (let column = Math.max(0, Math.floor(x - reach)); column <= last; column++) {
      const across = column > x ? column - x : Math.max(0, x - column - 1);
      for (let place = 0, at = column * n; place < n; place++, at++) {
        const above = (low[at] as number) - y;
        const below = y - (high[at] as number);
        const along = above > 0 ? above : below > 0 ? below : 0;
        const distance = across * across + along * along;
        if (above === above && (distance < least || (distance === least && place > best))) [best, least] = [place, distance];
      }
    }
    const hit = this.all[best];
    return hit ? pointOf(hit, x) : null;
  }
}

/** Marks of gaps are not joined by a line. */
function isolated(gaps: Float32Array): Float32Array {
  const apart = new Float32Array(2 * gaps.length).fill(NaN);
  for (let i = 0; i < gaps.length; i += 2) apart.set([gaps[i] as number, gaps[i + 1] as number], 2 * i);
  return apart;
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
