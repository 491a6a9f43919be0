/** Zoom and pan by steps: the next stretch of an axis, as evenly on a logarithmic one as on any other. */

import type { Range } from "../../curves/points/ranges";
import type { Scene, View, Zoom } from "../plot";
import { UNZOOMED } from "../plot";
import { fullX, rangeY, scaleXOf, scaleYOf } from "./extents";
import type { Scale } from "./scales";

/** By how much of what is shown to move, and how many times as much to show. */
export interface Step {
  readonly pan?: number;
  readonly zoom?: number;
}

/** The range after a step; null where all is shown again. It never leaves `full`. */
export function stepped([low, high]: Range, full: Range, { forward, back }: Pick<Scale, "forward" | "back">, { pan = 0, zoom = 1 }: Step): Range | null {
  const [first, last, from, to] = [full[0], full[1], low, high].map(forward) as [number, number, number, number];
  const width = (to - from) * zoom;
  if (width >= (last - first) * (1 - 1e-9)) return null;
  const middle = (from + to) / 2 + pan * (to - from);
  const start = Math.min(Math.max(middle - width / 2, first), last - width);
  return [back(start), back(start + width)];
}

/** The zoom after steps along both axes; an axis that shows all stays so unless it is zoomed into. */
export function steppedZoom(scene: Scene, view: View, zoom: Zoom, steps: { readonly x?: Step; readonly y?: Step }): Zoom {
  const x = fullX(scene, view);
  const next = steps.x ? stepped(zoom.x ?? x, x, scaleXOf(view), steps.x) : zoom.x;
  if (!steps.y) return { x: next, y: zoom.y };
  const y = rangeY(scene, view, UNZOOMED, x);
  return { x: next, y: stepped(zoom.y ?? rangeY(scene, view, zoom, zoom.x ?? x), y, scaleYOf(scene, view), steps.y) };
}
