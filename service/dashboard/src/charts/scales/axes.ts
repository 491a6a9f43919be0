/** Labels and ticks of the axes. */

import uPlot from "uplot";
import { formatDuration } from "../../format/times";
import { formatNumber } from "../../format/numbers";
import type { Range } from "../../curves/points/ranges";
import type { Palette } from "../colors";
import type { View } from "../plot";
import type { XAxis, YScale } from "../../state/url/bench";
import type { Scale } from "./scales";
import { LINEAR } from "./scales";
import { evenTicks, logTicks, unevenTicks } from "./ticks";

export const X_AXES: readonly { readonly axis: XAxis; readonly label: string; readonly title: string }[] = [
  { axis: "epoch", label: "Epoch", title: "Finished epochs" },
  { axis: "step", label: "Step", title: "Optimizer steps" },
  { axis: "training_time", label: "Training time", title: "Seconds spent training" },
  { axis: "wall_time", label: "Wall time", title: "Seconds since each run began" },
  { axis: "budget_share", label: "Share of the budget", title: "Epochs as a part of those that the run was to train for" },
];

/** What an axis is called within a sentence. */
export function axisName(axis: XAxis): string {
  return X_AXES.find((found) => found.axis === axis)?.label.toLowerCase() ?? axis;
}

/** The text of an x value: a duration on a time axis, percent of the budget, else a number. */
export function formatX(x: number, axis: XAxis): string {
  if (axis === "budget_share") return `${formatNumber(100 * x)} %`;
  return axis === "epoch" || axis === "step" ? formatNumber(x) : formatDuration(x);
}

/** Pixels between ticks of the horizontal and of the vertical axis. */
const SPACE = { x: 64, y: 30 } as const;

/** Distances between ticks: whole ones where values are counts, and those of clocks where they are seconds. */
function increments(axis: XAxis): number[] {
  if (axis === "budget_share") return [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
  const decades = [1, 2, 5].map((digit) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => digit * 10 ** power));
  const counts = decades.flat().sort((a, b) => a - b);
  if (axis === "epoch" || axis === "step") return counts;
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800];
}

/** Where the horizontal axis has its ticks in a plot of so many pixels. */
export function ticksX(range: Range, pixels: number, { axis, logX }: Pick<View, "axis" | "logX">): number[] {
  const most = pixels / SPACE.x;
  return logX ? logTicks(range, most) : evenTicks(range, most, increments(axis));
}

/** Where the vertical axis has its ticks in a plot of so many pixels. */
export function ticksY(range: Range, pixels: number, scale: YScale, scaleY: Scale): number[] {
  if (scale === "near") return unevenTicks(scaleY, range, pixels, SPACE.y);
  return scale === "log" ? logTicks(range, pixels / SPACE.y) : evenTicks(range, pixels / SPACE.y);
}

/**
 * The two axes, as uPlot takes them; `scaleY` is asked where the scale is none that it knows. The ticks are ours on
 * every scale: on a logarithmic one uPlot's own never end for some ranges.
 */
export function axesOf(axis: XAxis, scale: YScale, palette: Palette, logX = false, scaleY: () => Scale = () => LINEAR): uPlot.Axis[] {
  const grid = { stroke: palette.grid, width: 1 };
  const filter = (_: uPlot, ticks: number[]) => ticks;
  const common = { stroke: palette.axis, grid, filter, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return [
    {
      ...common,
      size: 34,
      space: SPACE.x,
      splits: ({ bbox }, _, low, high) => ticksX([low, high], bbox.width / uPlot.pxRatio, { axis, logX }),
      values: (_, ticks) => ticks.map((x) => formatX(x, axis)),
    },
    {
      ...common,
      size: 58,
      splits: ({ bbox }, _, low, high) => ticksY([low, high], bbox.height / uPlot.pxRatio, scale, scaleY()),
      values: (_, ticks) => ticks.map(formatTick),
    },
  ];
}

/** The label of a y tick. */
export function formatTick(y: number): string {
  return Math.abs(y) >= 1e5 || (y !== 0 && Math.abs(y) < 1e-4) ? y.toExponential() : String(Number(y.toPrecision(9)));
}
