/** Strokes on a canvas. Coordinates are CSS pixels of the plot; the caller scales the context. */

import type { Projected } from "./projection";
import type { Style } from "./styles";

/** Draw one line, with a dot where a value stands alone and nothing would be seen. */
export function drawLine(context: CanvasRenderingContext2D, { points }: Projected, style: Style): void {
  context.globalAlpha = style.alpha;
  context.strokeStyle = context.fillStyle = style.color;
  context.lineWidth = style.width;
  context.setLineDash([...style.dash]);
  context.beginPath();
  let open = false;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    if (Number.isNaN(y)) {
      open = false;
      continue;
    }
    if (open) context.lineTo(x, y);
    else context.moveTo(x, y);
    if (!open && !isShown(points, i + 2)) dot(context, x, y, style.width + 0.8);
    open = true;
  }
  context.stroke();
}

function isShown(points: Float32Array, index: number): boolean {
  const y = points[index + 1];
  return y !== undefined && !Number.isNaN(y);
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  const path = new Path2D();
  path.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill(path);
}

/** Mark the point under the pointer. */
export function drawMarker(context: CanvasRenderingContext2D, x: number, y: number, color: string, halo: string): void {
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.fillStyle = halo;
  dot(context, x, y, 6);
  context.fillStyle = color;
  dot(context, x, y, 4);
}
