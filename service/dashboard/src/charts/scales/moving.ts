/** Zoom and pan by steps: the next stretch of an axis, as evenly on a logarithmic one as on any other. */

import type { Range } from "../../curves/points/ranges";
import type { Scene, View, Zoom } from "../plot";
import { UNZOOMED } from "../plot";
import { fullX, rangeX, rangeY, scaleXOf, scaleYOf } from "./extents";
import type { Scale } from "./scales";

/** By how much of what is shown to move, how many times as much to show, and at which share of it what is there stays: the middle. */
export interface Step {
  readonly pan?: number;
  readonly zoom?: number;
  readonly at?: number;
}

/** The range after a step; null where all is shown again. It never leaves `full`. */
export function stepped([low, high]: Range, full: Range, { forward, back }: Pick<Scale, "forward" | "back">, { pan = 0, zoom = 1, at = 0.5 }: Step): Range | null {
  const [first, last, from, to] = [full[0], full[1], low, high].map(forward) as [number, number, number, number];
  const width = (to - from) * zoom;
  if (width >= (last - first) * (1 - 1e-9)) return null;
  const start = Math.min(Math.max(from + (to - from) * (at * (1 - zoom) + pan), first), last - width);
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

interface Around {
  readonly axis: "x" | "y";
  /** How many times as much to show. */
  readonly factor: number;
  /** The place, as a share of the plot, at which something is, and the one at which it is to be. */
  readonly from: number;
  readonly to: number;
  /** Pixels of the plot from side to side. */
  readonly width: number;
}

/** The zoom after what is at one place of the plot has come to another, and all around it nearer or farther. */
export function zoomedAround(scene: Scene, view: View, zoom: Zoom, { axis, factor, from, to, width }: Around): Zoom {
  const at = axis === "x" ? shareOf(fullX(scene, view), view, zoom, width) : (share: number) => share;
  return steppedZoom(scene, view, zoom, { [axis]: { zoom: factor, at: at(from), pan: factor * (at(from) - at(to)) } });
}

/** From shares of the plot to shares of what a step goes by: where all is shown, the plot has some room beside it. */
function shareOf(full: Range, view: View, zoom: Zoom, width: number): (share: number) => number {
  const { forward } = scaleXOf(view);
  const [first, last, low, high] = [...rangeX(full, zoom, width, view), ...(zoom.x ?? full)].map(forward) as [number, number, number, number];
  return (share) => (first + share * (last - first) - low) / (high - low);
}
