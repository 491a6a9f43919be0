/** Strokes on a canvas. Coordinates are CSS pixels of the plot; the caller scales the context. */

import type { Projected } from "../scales/projection";
import type { Style } from "../styles";

const CROSS = 3.5;
const STAR = 8;
export const DOT = 2.8;
const CASING = 1.3;
const [BAR, RING] = [4, 4];
/** Marks of faint lines are no fainter than this. */
const LEAST_FATE = 0.35;
const RAW_ALPHA = 0.28;

/** Draw what was measured beneath what was made of it. */
export function drawRaw(context: CanvasRenderingContext2D, points: Float32Array, style: Style): void {
  context.globalAlpha = style.alpha * RAW_ALPHA;
  context.strokeStyle = style.color;
  context.lineWidth = Math.min(1, style.width);
  context.setLineDash([]);
  context.stroke(shapeOf(points, 0)[0]);
}

/** Draw one line, with a dot where a value stands alone and nothing would be seen, and a cross where there is none. */
export function drawLine(context: CanvasRenderingContext2D, { points, gaps }: Pick<Projected, "points" | "gaps">, style: Style): void {
  context.globalAlpha = style.alpha;
  const [path, dots] = shapeOf(points, style.width + 0.8);
  if (style.casing !== null) {
    context.strokeStyle = style.casing;
    context.lineWidth = style.width + 2 * CASING;
    context.setLineDash([]);
    context.stroke(path);
  }
  context.strokeStyle = context.fillStyle = style.color;
  context.lineWidth = style.width;
  context.setLineDash([...style.dash]);
  context.stroke(path);
  context.fill(dots);
  drawCrosses(context, gaps, style);
}

/** Mark what has no finite value. */
export function drawCrosses(context: CanvasRenderingContext2D, gaps: Float32Array, style: Style): void {
  if (gaps.every(Number.isNaN)) return;
  context.globalAlpha = style.alpha;
  context.strokeStyle = style.color;
  context.setLineDash([]);
  context.lineWidth = Math.max(1.5, style.width);
  context.stroke(crosses(gaps));
}

function shapeOf(points: Float32Array, radius: number): [line: Path2D, dots: Path2D] {
  const [path, dots] = [new Path2D(), new Path2D()];
  let open = false;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    if (Number.isNaN(y)) {
      open = false;
      continue;
    }
    if (open) path.lineTo(x, y);
    else path.moveTo(x, y);
    if (!open && !isShown(points, i + 2)) addDot(dots, x, y, radius);
    open = true;
  }
  return [path, dots];
}

function isShown(points: Float32Array, index: number): boolean {
  const y = points[index + 1];
  return y !== undefined && !Number.isNaN(y);
}

function crosses(gaps: Float32Array): Path2D {
  const path = new Path2D();
  for (let i = 0; i < gaps.length; i += 2) {
    const [x, y] = [gaps[i] as number, gaps[i + 1] as number];
    if (!Number.isNaN(y)) addCross(path, x, y);
  }
  return path;
}

function addCross(path: Path2D, x: number, y: number): void {
  path.moveTo(x - CROSS, y - CROSS);
  path.lineTo(x + CROSS, y + CROSS);
  path.moveTo(x - CROSS, y + CROSS);
  path.lineTo(x + CROSS, y - CROSS);
}

function addDot(path: Path2D, x: number, y: number, radius: number): void {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

/** What became of the run: a bar where it was pruned, a cross where it failed, a ring where a later attempt went on. */
export function drawFate(context: CanvasRenderingContext2D, { line, points }: Projected, style: Style): void {
  context.globalAlpha = Math.max(style.alpha, LEAST_FATE);
  context.strokeStyle = style.color;
  context.lineWidth = 1.5;
  context.setLineDash([]);
  const path = new Path2D();
  for (const index of line.resumes) addRing(path, points, 2 * index);
  const last = lastShown(points);
  const [x, y] = [points[last] as number, points[last + 1] as number];
  if (last >= 0 && line.state === "PRUNED") addBar(path, x, y);
  if (last >= 0 && line.state === "FAILED") addCross(path, x, y);
  context.stroke(path);
}

function addRing(path: Path2D, points: Float32Array, at: number): void {
  const [x, y] = [points[at] as number, points[at + 1] as number];
  if (!Number.isNaN(y)) addDot(path, x, y, RING);
}

function addBar(path: Path2D, x: number, y: number): void {
  path.moveTo(x, y - BAR);
  path.lineTo(x, y + BAR);
}

function lastShown(points: Float32Array): number {
  let at = points.length - 2;
  while (at >= 0 && Number.isNaN(points[at + 1])) at -= 2;
  return at;
}

/** Mark the point under the pointer. */
export function drawMarker(context: CanvasRenderingContext2D, x: number, y: number, color: string, halo: string): void {
  context.globalAlpha = 1;
  context.setLineDash([]);
  for (const [radius, fill] of [[6, halo], [4, color]] as const) {
    const dot = new Path2D();
    addDot(dot, x, y, radius);
    context.fillStyle = fill;
    context.fill(dot);
  }
}

/** Mark where one of the best one's runs counts. */
export function drawDot(context: CanvasRenderingContext2D, [x, y]: readonly [x: number, y: number], color: string, halo: string): void {
  const path = new Path2D();
  addDot(path, x, y, DOT);
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineWidth = 1.5;
  context.strokeStyle = halo;
  context.stroke(path);
  context.fillStyle = color;
  context.fill(path);
}

/** The best one's mark, whatever its color means. */
export function drawStar(context: CanvasRenderingContext2D, [x, y]: readonly [x: number, y: number], color: string, halo: string): void {
  const path = star(x, y);
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.stroke(path);
  context.fillStyle = color;
  context.fill(path);
}

function star(x: number, y: number): Path2D {
  const path = new Path2D();
  for (let i = 0; i < 10; i++) {
    const radius = i % 2 === 0 ? STAR : 0.45 * STAR;
    const angle = (Math.PI * i) / 5;
    path.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
  }
  path.closePath();
  return path;
}
