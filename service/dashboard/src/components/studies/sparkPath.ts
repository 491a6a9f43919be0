/** A line of steps through the improvements of a study's best value. */

import type { Improvements } from "../../api/types";

const PAD = 4;

/** A greater value is higher, so that a metric that is minimized goes down; the line goes on to the newest trial. */
export function sparkPath({ n_completed, value, n }: Improvements, width: number, height: number): { path: string; end: readonly [number, number] } {
  const best = value.at(-1) as number;
  const [least, greatest] = [Math.min(...value), Math.max(...value)];
  const x = (count: number) => round(PAD + ((count - 1) / Math.max(1, n - 1)) * (width - 2 * PAD));
  const y = (found: number) => round(height - PAD - ((found - least) / (greatest - least || 1)) * (height - 2 * PAD));
  const steps = value.map((found, index) => (index === 0 ? `M${x(n_completed[0] as number)} ${y(found)}` : `H${x(n_completed[index] as number)}V${y(found)}`));
  return { path: `${steps.join("")}H${x(n)}`, end: [x(n), y(best)] };
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
