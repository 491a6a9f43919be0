/** What the reader chose for the chart, kept in the page's address. */

import { useMemo } from "react";
import { useParameter } from "../state/selection";
import { isXAxis } from "./axes";
import type { XAxis } from "./lines";

/** Whose training curves are drawn beside the validation curves. */
export type TrainCurves = "highlighted" | "all" | "none";

export interface ChartSettings {
  readonly metric: string | null;
  readonly axis: XAxis;
  readonly log: boolean;
  readonly clip: boolean;
  readonly train: TrainCurves;
  /** Key of the parameter column that colors the curves; null for the objective. */
  readonly color: string | null;
}

export interface ChartSetters {
  readonly setMetric: (metric: string | null) => void;
  readonly setAxis: (axis: XAxis) => void;
  readonly setLog: (log: boolean) => void;
  readonly setClip: (clip: boolean) => void;
  readonly setTrain: (train: TrainCurves) => void;
  readonly setColor: (color: string | null) => void;
}

/** The settings and their setters; what is at its default stays out of the address. */
export function useChartSettings(): [ChartSettings, ChartSetters] {
  const [metric, setMetric] = useParameter("metric");
  const [x, setX] = useParameter("x");
  const [y, setY] = useParameter("y");
  const [outliers, setOutliers] = useParameter("outliers");
  const [train, setTrain] = useParameter("train");
  const [color, setColor] = useParameter("color");
  const settings = useMemo<ChartSettings>(
    () => ({
      metric,
      axis: isXAxis(x) ? x : "epoch",
      log: y === "log",
      clip: outliers !== "shown",
      train: train === "all" || train === "none" ? train : "highlighted",
      color,
    }),
    [metric, x, y, outliers, train, color],
  );
  return [
    settings,
    {
      setMetric,
      setAxis: (axis) => setX(axis === "epoch" ? null : axis),
      setLog: (log) => setY(log ? "log" : null),
      setClip: (clip) => setOutliers(clip ? null : "shown"),
      setTrain: (chosen) => setTrain(chosen === "highlighted" ? null : chosen),
      setColor,
    },
  ];
}
