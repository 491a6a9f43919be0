/** Where a pruner judges, behind the curves. */

import type { Palette } from "../colors";

const DASH = [2, 4];
const ALPHA = 0.55;

/** Draw a dashed line from top to bottom at each of these places. */
export function drawRungs(context: CanvasRenderingContext2D, places: readonly number[], height: number, { axis }: Palette): void {
  context.globalAlpha = ALPHA;
  context.strokeStyle = axis;
  context.lineWidth = 1;
  context.setLineDash(DASH);
  const path = new Path2D();
  for (const x of places) {
    path.moveTo(Math.round(x) + 0.5, 0);
    path.lineTo(Math.round(x) + 0.5, height);
  }
  context.stroke(path);
}
