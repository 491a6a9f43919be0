/** What the chart draws: one line for each run and metric. */

import type { Curves, CurveSeries, RunState } from "../api/types";

/** What stands on the horizontal axis. */
export type XAxis = "epoch" | "step" | "training_time" | "wall_time";

/** Which half of a metric a line shows; `only` for metrics such as the learning rate. */
export type Part = "train" | "validation" | "only";

/** The curves of one metric as the server sent them. */
export interface Loaded {
  readonly part: Part;
  readonly curves: Curves;
}

export interface Line {
  readonly runId: string;
  readonly trial: number;
  readonly replicate: number;
  readonly state: RunState;
  /** The objective of the run, once it is known. */
  readonly value: number | null;
  readonly part: Part;
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
}

/** The lines of one metric. Wall time counts from the first point of `origin` on, so that studies start at zero. */
export function linesOf(curves: Curves, part: Part, axis: XAxis, origin: number): Line[] {
  return curves.series.map((series) => ({
    runId: series.run_id,
    trial: series.trial,
    replicate: series.replicate,
    state: series.state,
    value: series.value ?? null,
    part,
    xs: axis === "wall_time" ? places(series, axis).map((time) => series.began_at + time - origin) : places(series, axis),
    ys: series.y,
  }));
}

/** The earliest wall time of all points, in seconds since 1970; 0 when there is no point. */
export function originOf(all: readonly Curves[]): number {
  let origin = Infinity;
  for (const curves of all) for (const series of curves.series) origin = Math.min(origin, series.began_at + (places(series, "wall_time")[0] ?? Infinity));
  return Number.isFinite(origin) ? origin : 0;
}

/** Where the points stand; every axis of the chart is asked for, and has a place for each of them. */
function places(series: CurveSeries, axis: XAxis): readonly number[] {
  return (series.x[axis] ?? []) as number[];
}
