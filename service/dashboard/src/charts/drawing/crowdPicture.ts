/** The picture of a crowd, which takes long to paint: while one pans and zooms, the last one is moved and stretched. */

import type { Placing } from "../scales/projection";
import { isSamePlacing } from "../scales/projection";
import type { Mapping } from "../scales/scales";

type Drawing = Pick<CanvasRenderingContext2D, "drawImage">;

interface Painted {
  readonly picture: OffscreenCanvas;
  readonly placing: Placing;
  /** Milliseconds that it took, and the time when it was there. */
  readonly took: number;
  readonly since: number;
}

/** A picture that takes no longer than this is painted for each frame. */
const FRAME = 12;

export class CrowdPicture {
  private last: Painted | null = null;

  /** A picture is moved for `kept` times as long as it took: so painting takes a fifth of the time, and the rest is smooth. */
  constructor(private readonly kept = 4) {}

  /** The lines are others, or the plot has another size. */
  forget(): void {
    this.last = null;
  }

  /** Milliseconds for which the last picture is still moved instead of painted anew. */
  get keptFor(): number {
    if (this.last === null || this.last.took <= FRAME) return 0;
    return Math.max(0, this.last.since + this.kept * this.last.took - performance.now());
  }

  /** Draw it into a plot of this size; whether it stands exactly there, and is not the last one that was moved. */
  draw(context: Drawing, width: number, height: number, placing: Placing, paint: () => OffscreenCanvas): boolean {
    const { last } = this;
    if (last !== null && this.keptFor > 0 && isOnSameScales(last.placing, placing)) {
      const [left, right] = moved(last.placing.toX, placing.toX, width);
      const [top, bottom] = moved(last.placing.toY, placing.toY, height);
      context.drawImage(last.picture, left, top, right - left, bottom - top);
      return isSamePlacing(last.placing, placing);
    }
    const began = performance.now();
    const picture = paint();
    context.drawImage(picture, 0, 0, width, height);
    const since = performance.now();
    this.last = { picture, placing, took: since - began, since };
    return true;
  }
}

function isOnSameScales(one: Placing, other: Placing): boolean {
  return one.toX.scale === other.toX.scale && one.toY.scale === other.toY.scale;
}

/** Where the ends of the old picture lie by a mapping that is stretched and moved. */
function moved(before: Mapping, now: Mapping, size: number): readonly [number, number] {
  const stretch = now.slope / before.slope;
  const first = now.offset - stretch * before.offset;
  return [first, first + stretch * size];
}
