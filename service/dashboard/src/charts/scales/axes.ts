/** Labels and ticks of the axes. */

import type uPlot from "uplot";
import { formatDuration } from "../../format/times";
import { formatNumber } from "../../format/numbers";
import type { Palette } from "../colors";
import type { XAxis, YScale } from "../../state/bench";
import type { Scale } from "./scales";
import { LINEAR } from "./scales";
import { unevenTicks } from "./ticks";

export const X_AXES: readonly { readonly axis: XAxis; readonly label: string; readonly title: string }[] = [
  { axis: "epoch", label: "Epoch", title: "Finished epochs" },
  { axis: "step", label: "Step", title: "Optimizer steps" },
  { axis: "training_time", label: "Training time", title: "Seconds spent training" },
  { axis: "wall_time", label: "Wall time", title: "Seconds since each run began" },
];

/** The text of an x value: a duration on a time axis, else a number. */
export function formatX(x: number, axis: XAxis): string {
  return axis === "epoch" || axis === "step" ? formatNumber(x) : formatDuration(x);
}

/** Pixels between ticks of the vertical axis. */
export const TICK_SPACE = 30;

/** Distances between ticks: whole ones where values are counts, and those of clocks where they are seconds. */
export function increments(axis: XAxis): number[] {
  const decades = [1, 2, 5].map((digit) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => digit * 10 ** power));
  const counts = decades.flat().sort((a, b) => a - b);
  if (axis === "epoch" || axis === "step") return counts;
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800];
}

/** The two axes, as uPlot takes them; `scaleY` is asked where the scale is none that it knows. */
export function axesOf(axis: XAxis, scale: YScale, palette: Palette, logX = false, scaleY: () => Scale = () => LINEAR): uPlot.Axis[] {
  const grid = { stroke: palette.grid, width: 1 };
  const common = { stroke: palette.axis, grid, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return [
    logX
      ? { ...common, size: 34, space: 64, values: (_, ticks) => ticks.map((x) => (x === null || !isRound(x) ? "" : formatX(x, axis))) }
      : { ...common, size: 34, incrs: increments(axis), space: 64, values: (_, ticks) => ticks.map((x) => formatX(x, axis)) },
    { ...common, size: 58, values: (_, ticks) => ticks.map((y) => formatTick(y, scale === "log")), ...(scale === "near" && nearTicks(scaleY)) },
  ];
}

function nearTicks(scaleY: () => Scale): uPlot.Axis {
  return { splits: (plot, _, low, high) => unevenTicks(scaleY(), [low, high], plot.bbox.height / devicePixelRatio, TICK_SPACE), filter: (_, ticks) => ticks };
}

/** The label of a y tick; on a log axis the ends of the range, which are no round numbers, and crowded ones have none. */
export function formatTick(y: number | null, log: boolean): string {
  if (y === null || (log && !isRound(y))) return "";
  return Math.abs(y) >= 1e5 || (y !== 0 && Math.abs(y) < 1e-4) ? y.toExponential() : String(Number(y.toPrecision(9)));
}

function isRound(y: number): boolean {
  const digit = y / 10 ** Math.floor(Math.log10(y) + 1e-9);
  return Math.abs(digit - Math.round(digit)) < 1e-6;
}
