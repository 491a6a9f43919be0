/** Bands around the middles of groups, and beneath the chart how many runs each middle is of. */

import { edgesOf } from "../../curves/groups/bands";
import type { Line } from "../../curves/lines";
import type { Palette } from "../colors";
import type { Placing } from "../scales/projection";
import { pixelsOf } from "../scales/projection";

const FILL = 0.12;
const EDGE = 0.4;
/** Height of the strip of counts, and how far it lies below the axis. */
export const STRIP = 38;
const STRIP_GAP = 6;

/** Fill between a band's edges; where one of them is not defined, there is nothing to fill. */
export function drawBand(context: CanvasRenderingContext2D, { xs, band }: Line, placing: Placing, color: string): void {
  if (band === null) return;
  const edges = edgesOf(band);
  const [low, high] = [pixelsOf(xs, edges.low, placing), pixelsOf(xs, edges.high, placing)];
  context.fillStyle = context.strokeStyle = color;
  context.lineWidth = 0.8;
  context.setLineDash([]);
  for (const [from, to] of stretches(low, high)) {
    const path = new Path2D();
    for (let i = from; i < to; i += 2) path.lineTo(low[i] as number, low[i + 1] as number);
    for (let i = to - 2; i >= from; i -= 2) path.lineTo(high[i] as number, high[i + 1] as number);
    path.closePath();
    context.globalAlpha = FILL;
    context.fill(path);
    context.globalAlpha = EDGE;
    context.stroke(path);
  }
}

/** Where both edges are drawn: from an index to the one behind the last. */
function* stretches(low: Float32Array, high: Float32Array): Generator<readonly [from: number, to: number]> {
  let from = -1;
  for (let i = 0; i <= low.length; i += 2) {
    const there = i < low.length && !Number.isNaN(low[i + 1]) && !Number.isNaN(high[i + 1]);
    if (there && from < 0) from = i;
    if (!there && from >= 0) {
      if (i - from > 2) yield [from, i];
      from = -1;
    }
  }
}

/** How many runs count at each x: one step line for each group. */
export interface CountLine {
  readonly color: string;
  readonly xs: ArrayLike<number>;
  readonly n: ArrayLike<number>;
}

/** Where the strip lies on the canvas, in its CSS pixels. */
export interface StripBox {
  readonly left: number;
  readonly width: number;
  readonly top: number;
}

/** Draw n(x) with the greatest count at its left, as the numbers of the axis above. */
export function drawStrip(context: CanvasRenderingContext2D, counts: readonly CountLine[], toX: (x: number) => number, box: StripBox, palette: Palette): void {
  const most = Math.max(1, ...counts.map(({ n }) => greatest(n)));
  const [top, height] = [box.top + STRIP_GAP, STRIP - STRIP_GAP - 4];
  const toY = (n: number) => top + height - (n / most) * height;
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = palette.axis;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillText(`n ${most}`, box.left - 6, toY(most) + 4);
  context.fillText("0", box.left - 6, toY(0) - 2);
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.stroke(new Path2D(`M${box.left} ${toY(0) + 0.5}h${box.width}`));
  context.beginPath();
  context.rect(box.left, box.top, box.width, STRIP);
  context.clip();
  context.lineWidth = 1.4;
  for (const line of counts) {
    context.strokeStyle = line.color;
    context.stroke(steps(line, (x) => box.left + toX(x), toY));
  }
}

function greatest(values: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < values.length; index++) most = Math.max(most, values[index] as number);
  return most;
}

/** A run counts up to its last point, so that a step falls there and not before. */
function steps({ xs, n }: CountLine, toX: (x: number) => number, toY: (n: number) => number): Path2D {
  const path = new Path2D();
  let last = toY(0);
  for (let index = 0; index < xs.length; index++) {
    if (index > 0 && index < xs.length - 1 && n[index] === n[index - 1]) continue;  // most steps of most runs change nothing
    const [x, y] = [toX(xs[index] as number), toY(n[index] as number)];
    if (index > 0) path.lineTo(x, last);
    if (index === 0) path.moveTo(x, y);
    last = y;
    path.lineTo(x, y);
  }
  return path;
}
