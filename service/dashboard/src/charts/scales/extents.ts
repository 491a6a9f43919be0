/** Which stretch of its axes a chart shows, and how values are spread over it. */

import type { Range } from "../../curves/points/ranges";
import { EVERYWHERE, bulkExtentY, extentX, extentY, padded, withRoom, withWidth } from "../../curves/points/ranges";
import type { Scene, View, Zoom } from "../plot";
import type { Scale } from "./scales";
import { LINEAR, LOG, nearScale } from "./scales";

type Framed = Pick<Scene, "frame" | "focus">;
type Seen = Pick<View, "logX" | "scale" | "upward" | "clip">;

/** The share of the height that counts as near the best. */
const NEAR = 0.01;
/** Room beyond the best, in such shares. */
const BEYOND = 0.3;

/** The x of all points. */
export function fullX({ frame }: Framed, { logX }: Seen): Range {
  return withWidth(extentX(frame, logX) ?? [logX ? 0.1 : 0, 1]);
}

/** The x that is shown in a plot of so many pixels. */
export function rangeX(full: Range, zoom: Zoom, width: number, { logX }: Seen): Range {
  return zoom.x ?? withRoom(full, width, logX);
}

/** The y that is shown; unless it was chosen, of the points within `x`. */
export function rangeY({ frame, focus }: Framed, { scale, upward, clip }: Seen, zoom: Zoom, x: Range = EVERYWHERE): Range {
  if (zoom.y) return zoom.y;
  const log = scale === "log";
  const whole = extentY(frame, x, log);
  const range = clip ? bulkExtentY(frame, x, log, focus) : whole;
  if (!range || !whole) return padded(log ? [0.1, 1] : [0, 1], log);
  const [low, high] = padded(range, log);
  if (scale !== "near" || whole[0] === whole[1]) return [low, high];
  // Only a tail of worse values is ever left out: what lies near the best is what the scale is for.
  return upward ? [low, whole[1] + BEYOND * unitOf(whole[1], low)] : [whole[0] - BEYOND * unitOf(whole[0], high), high];
}

export function scaleXOf({ logX }: Seen): Scale {
  return logX ? LOG : LINEAR;
}

/** The scale of y; a zoom shows another part of the same one. */
export function scaleYOf(scene: Framed, view: Seen): Scale {
  if (view.scale !== "near") return view.scale === "log" ? LOG : LINEAR;
  const whole = extentY(scene.frame, EVERYWHERE, false) ?? [0, 1];
  const [low, high] = rangeY(scene, view, { x: null, y: null });
  const [best, worst] = view.upward ? [whole[1], low] : [whole[0], high];
  return nearScale(best, unitOf(best, worst));
}

function unitOf(best: number, worst: number): number {
  return NEAR * Math.abs(best - worst) || 1;
}
