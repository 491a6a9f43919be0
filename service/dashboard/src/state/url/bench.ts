/** What the reader chose on the bench, where curves are compared; all of it stands in the page's address. */

import type { Fields } from "./address";
import { flag, format, number, oneOf, parse, range, text, texts } from "./address";

export const X_AXES = ["epoch", "step", "training_time", "wall_time", "budget_share"] as const;
/** What stands on the horizontal axis. */
export type XAxis = (typeof X_AXES)[number];

export const SCALES = ["linear", "log", "near"] as const;
/** How values are spread over the vertical axis. */
export type YScale = (typeof SCALES)[number];

export const CENTERS = ["mean", "median"] as const;
/** The middle of a group's runs. */
export type Center = (typeof CENTERS)[number];

export const BANDS = ["ci95", "sd", "se", "quartiles", "minmax", "none"] as const;
/** What the band around a group's middle is. */
export type Band = (typeof BANDS)[number];
/** Bands that lie around a mean, and those that lie around a median; the first is taken where another does not fit. */
export const BANDS_OF: Readonly<Record<Center, readonly [Band, ...Band[]]>> = {
  mean: ["ci95", "sd", "se", "minmax", "none"],
  median: ["quartiles", "minmax", "none"],
};

export const SURVIVORS = ["as_is", "reached_x", "carry_last"] as const;
/** Which runs count at an x that some of the group have not reached: those that are there; only those that go on to the end; all, by their last value. */
export type Survivors = (typeof SURVIVORS)[number];

/** Whose training curves are drawn beside the validation curves. */
export type TrainCurves = "highlighted" | "all" | "none";

/** Key that groups runs with nothing. */
export const UNGROUPED = "run";
/** Key that groups those that differ in their seed alone: what a study's runs are grouped by unless the reader says otherwise. */
export const CONFIGURATION = "configuration";
/** Smoothing beyond this share of the axis leaves nothing to be seen. */
export const SMOOTHEST = 50;

export interface BenchView {
  /** Name of a metric without its half; null for the objective's. */
  readonly metric: string | null;
  readonly axis: XAxis;
  readonly logX: boolean;
  readonly scale: YScale;
  /** Leave what collapsed, and spikes, out of the first view. */
  readonly clip: boolean;
  readonly train: TrainCurves;
  /** Training curves in a chart of their own. */
  readonly apart: boolean;
  /** Key of the parameter by which runs are grouped; null where the reader has not said. */
  readonly group: string | null;
  /** The level that the answer compares the others with, of the choice by which runs are grouped; null for the first. */
  readonly reference: string | null;
  /** Key of the parameter that colors configurations; null for the objective. */
  readonly color: string | null;
  /** Key of the parameter that line styles tell apart; it divides the groups, if there are any. */
  readonly dash: string | null;
  readonly center: Center;
  readonly band: Band;
  readonly survivors: Survivors;
  /** Draw a group's runs beneath its middle. */
  readonly members: boolean;
  /** Half-life of the smoothing in percent of the axis; 0 for none. */
  readonly smoothing: number;
  readonly bestSoFar: boolean;
  /** Keys of groups, and of trials with a mark, that are not drawn. */
  readonly hidden: readonly string[];
  /** Draw only the trials that stand out: pinned, selected, or the baseline. */
  readonly alone: boolean;
  /** Names that the reader gave to groups and trials. */
  readonly names: readonly string[];
  /** Which runs are looked at, in the service's filter language. */
  readonly filter: string | null;
  /** Keys of trials that keep their emphasis. */
  readonly pins: readonly string[];
  /** Key of the trial that the others are held against. */
  readonly baseline: string | null;
  /** Key of the parameter whose values have a small chart each; with `row`, a column of them. */
  readonly facet: string | null;
  /** Key of the parameter whose values have a row of small charts each. */
  readonly row: string | null;
  readonly zoomX: readonly [number, number] | null;
  readonly zoomY: readonly [number, number] | null;
}

const FIELDS: Fields<BenchView> = {
  metric: text("metric"),
  axis: oneOf("x", X_AXES),
  logX: flag("xlog", "1"),
  scale: oneOf("y", SCALES),
  clip: flag("outliers", "shown", true),
  train: oneOf<TrainCurves>("train", ["highlighted", "all", "none"]),
  apart: flag("halves", "apart"),
  group: text("group"),
  reference: text("reference"),
  color: text("color"),
  dash: text("dash"),
  center: oneOf("center", CENTERS),
  band: oneOf("band", BANDS),
  survivors: oneOf("runs", SURVIVORS),
  members: flag("members", "hidden", true),
  smoothing: number("smooth", 0, 0, SMOOTHEST),
  bestSoFar: flag("sofar", "1"),
  hidden: texts("hide"),
  alone: flag("only", "pins"),
  names: texts("name"),
  filter: text("filter"),
  pins: texts("pin"),
  baseline: text("baseline"),
  facet: text("charts"),
  row: text("rows"),
  zoomX: range("zx"),
  zoomY: range("zy"),
};

export const INITIAL: BenchView = parse(FIELDS, new URLSearchParams());

export function parseBench(parameters: URLSearchParams): BenchView {
  return withFittingBand(parse(FIELDS, parameters));
}

function withFittingBand(view: BenchView): BenchView {
  const fitting = BANDS_OF[view.center];
  return fitting.includes(view.band) ? view : { ...view, band: fitting[0] };
}

/** The address of a view; what is at its default stays out of it, and what is not the bench's own stays in. */
export function formatBench(view: BenchView, present?: URLSearchParams): URLSearchParams {
  return format(FIELDS, view, present);
}

/**
 * The view after a change. What a zoom showed has no meaning on another axis, for another metric's values, or where a logarithm has none;
 * and one choice's level has none among those of another.
 */
export function changed(view: BenchView, change: Partial<BenchView>): BenchView {
  const next = { ...view, ...change };
  const zoomX = next.axis === view.axis && isOn(next.zoomX, next.logX) ? next.zoomX : null;
  const zoomY = next.metric === view.metric && isOn(next.zoomY, next.scale === "log") ? next.zoomY : null;
  const reference = next.group === view.group ? next.reference : null;
  return withFittingBand({ ...next, reference, zoomX, zoomY });
}

/** Whether an axis has the place that a zoom begins at. */
function isOn(zoom: readonly [number, number] | null, log: boolean): boolean {
  return zoom === null || !log || zoom[0] > 0;
}
