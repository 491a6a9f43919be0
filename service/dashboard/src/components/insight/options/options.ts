/** From what the service found to what ECharts draws. */

import type { EChartsCoreOption } from "echarts/core";
import type { Effect, Parallel, Pareto, Study } from "../../../api/types";
import { formatNumber } from "../../../format/numbers";
import { formatParameter } from "../../../format/parameters";
import type { Axis, Columns } from "./axes";
import { axisName } from "./axes";
import type { Colors } from "./colors";
import { axis, ends, escaped, FONT, GRID, tooltip, withinEnds } from "./parts";

type Objective = Pick<Study["objective"], "metric" | "direction">;

/** A trial's place in a picture: where it stands across, its value, and its number. */
export type Dot = readonly [x: number | string, value: number, trial: number];

/** Each trial's value by one parameter, over the medians with their intervals. */
export function effectOption(effect: Effect, dots: readonly Dot[], best: number | null, objective: Objective, colors: Colors): EChartsCoreOption {
  const { categorical, levels, log, parameter } = effect;
  const middle = (low: number, high: number) => (log ? Math.sqrt(low * high) : (low + high) / 2);
  const known = levels.filter(({ median }) => median !== null);
  const place = ({ choice, low, high }: (typeof levels)[number]) => (categorical ? formatParameter(choice) : middle(low ?? 0, high ?? 0));
  return {
    animation: false,
    textStyle: FONT,
    grid: GRID,
    xAxis: withinEnds(axis(colors, { name: parameter, ...(categorical ? { type: "category", data: levels.map(place), splitLine: { show: false } } : { type: log ? "log" : "value", scale: true }) })),
    yAxis: axis(colors, { name: objective.metric, ...ends(), nameGap: 44 }),
    tooltip: tooltip(colors, ({ data, seriesName }) => {
      const [x, value, trial] = data as Dot;
      return seriesName === "trials" ? `trial ${trial}<br>${escaped(parameter)} ${escaped(formatParameter(x))}<br>${formatNumber(value)}` : `median ${formatNumber(value)}`;
    }),
    series: [
      {
        type: "scatter",
        name: "trials",
        symbolSize: dots.length > 400 ? 4 : 6,
        data: dots.map((dot) => ({ value: [...dot], itemStyle: { color: dot[2] === best ? colors.best : colors.accent, opacity: dot[2] === best ? 1 : dots.length > 400 ? 0.25 : 0.45 } })),
        ...(categorical && { jitter: 24 }),
      },
      intervals(known.map((level) => [place(level), level.median_low ?? level.quartile_1 ?? (level.median as number), level.median_high ?? level.quartile_3 ?? (level.median as number)]), colors),
      { type: "line", name: "median", data: known.map((level) => [place(level), level.median]), symbolSize: 8, lineStyle: { color: colors.text, width: categorical ? 0 : 1.8 }, itemStyle: { color: colors.text }, z: 5 },
    ],
  };
}

/** Upright strokes from low to high. */
function intervals(data: readonly (readonly [number | string, number, number])[], colors: Colors): Record<string, unknown> {
  interface Api { value(index: number): number; coord(place: readonly [number, number]): [number, number] }
  return {
    type: "custom",
    name: "interval",
    silent: true,
    z: 4,
    data: data.map((each) => [...each]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_: unknown, api: Api) => {
      const [[x, from], [, to]] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(0), api.value(2)])];
      return { type: "line", shape: { x1: x, y1: from, x2: x, y2: to }, style: { stroke: colors.text, lineWidth: 2, opacity: 0.75 } };
    },
  };
}

/** Parallel axes: the parameters, and the objective last. `lines` are the trials that have a value. */
export function parallelOption({ value, trial }: Pick<Parallel, "value" | "trial">, axes: readonly Axis[], columns: Columns, pins: ReadonlySet<number>, objective: Objective, colors: Colors): EChartsCoreOption {
  const valued = placesWithValue(value);
  const [low, high] = bounds(valued.map((place) => value[place] as number));
  const name = { color: colors.muted, lineHeight: 15, align: "center" };
  const label = { color: colors.text, fontSize: 11, textBorderColor: colors.panel, textBorderWidth: 3, formatter: (found: unknown) => (typeof found === "number" ? formatNumber(found) : String(found)) };
  return {
    animation: false,
    textStyle: FONT,
    parallel: { left: 70, right: 84, top: 52, bottom: 18, parallelAxisDefault: { realtime: false, nameLocation: "end", nameGap: 14, nameTextStyle: name, axisLabel: label, z: 20, axisLine: { lineStyle: { color: colors.line, width: 1.4 } }, axisTick: { show: false }, areaSelectStyle: { color: colors.accent, opacity: 0.22, borderColor: colors.accent } } },
    parallelAxis: [
      ...axes.map(({ parameter, choices, log }, dim) => ({ dim, name: axisName(parameter), ...(choices ? { type: "category", data: choices.map(formatParameter) } : { type: log ? "log" : "value", scale: true }) })),
      { dim: axes.length, name: objective.metric, type: "value", scale: true, inverse: objective.direction === "minimize", nameLocation: objective.direction === "minimize" ? "start" : "end", nameTextStyle: { ...name, color: colors.text, fontWeight: "bold" } },
    ],
    visualMap: { show: false, dimension: axes.length, min: low, max: high, inRange: { color: objective.direction === "minimize" ? [colors.accent, colors.faint] : [colors.faint, colors.accent] } },
    series: [
      {
        type: "parallel",
        name: "trials",
        inactiveOpacity: 0.03,
        activeOpacity: 0.9,
        lineStyle: { width: 1.3, opacity: valued.length > 300 ? 0.25 : 0.5 },
        data: valued.map((place) => ({
          value: [...axes.map(({ parameter, choices }) => shown(columns[parameter]?.[place], choices !== null)), value[place]],
          ...(pins.has(trial[place] as number) && { lineStyle: { color: colors.best, width: 2.6, opacity: 1 } }),
        })),
      },
    ],
  };
}

/** A line has a gap where a parameter's condition did not hold. */
function shown(value: unknown, categorical: boolean): unknown {
  return value === null || value === undefined ? "-" : categorical ? formatParameter(value) : value;
}

export function placesWithValue(values: readonly (number | null)[]): number[] {
  return values.flatMap((value, place) => (value === null ? [] : [place]));
}

function bounds(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** Every trial's value by its number, and the best so far as a line of steps. */
export function historyOption(dots: readonly Dot[], objective: Objective, colors: Colors): EChartsCoreOption {
  const ordered = [...dots].sort(([a], [b]) => Number(a) - Number(b));
  let best: number | null = null;
  const steps = ordered.map(([number, value]) => {
    best = best === null ? value : objective.direction === "maximize" ? Math.max(best, value) : Math.min(best, value);
    return [number, best];
  });
  return {
    animation: false,
    textStyle: FONT,
    grid: GRID,
    xAxis: axis(colors, { name: "trial", type: "value", scale: true, minInterval: 1 }),
    yAxis: axis(colors, { name: objective.metric, ...ends(), nameGap: 44 }),
    tooltip: tooltip(colors, ({ data }) => `trial ${(data as Dot)[0]}<br>${formatNumber((data as Dot)[1])}`),
    series: [
      { type: "scatter", name: "trials", symbolSize: dots.length > 400 ? 4 : 6, data: ordered.map((dot) => [...dot]), itemStyle: { color: colors.accent, opacity: dots.length > 400 ? 0.3 : 0.5 } },
      { type: "line", name: "best so far", step: "end", data: steps, symbol: "none", silent: true, lineStyle: { color: colors.best, width: 2 } },
    ],
  };
}

/** Two of the objectives against each other, by their places, and the front that no trial goes beyond by all of them. */
export function paretoOption({ items, objectives }: Pareto, all: readonly Dot[], [across, up]: readonly [number, number], colors: Colors): EChartsCoreOption {
  const front = items.map(({ values, trial }) => [values[across] as number, values[up] as number, trial]).sort(([a], [b]) => (a as number) - (b as number));
  const valuesOf = new Map(items.map(({ trial, values }) => [trial, values]));
  const described = ([x, y, trial]: Dot) => {
    const values = valuesOf.get(trial) ?? objectives.map((_, place) => (place === across ? Number(x) : place === up ? y : null));
    const lines = objectives.flatMap(({ metric }, place) => (typeof values[place] === "number" ? [`${escaped(metric)} ${formatNumber(values[place])}`] : []));
    return [`trial ${trial}`, ...lines].join("<br>");
  };
  const flat = objectives.length === 2;  // of more, the front is no line in this picture
  return {
    animation: false,
    textStyle: FONT,
    grid: GRID,
    xAxis: axis(colors, { name: objectives[across]?.metric ?? "", ...ends() }),
    yAxis: axis(colors, { name: objectives[up]?.metric ?? "", ...ends(), nameGap: 44 }),
    tooltip: tooltip(colors, ({ data }) => described(data as Dot)),
    series: [
      { type: "scatter", name: "trials", symbolSize: 6, data: all.map((dot) => [...dot]), itemStyle: { color: colors.accent, opacity: 0.35 } },
      { type: "line", name: "front", data: front, symbolSize: 8, lineStyle: { color: colors.best, width: flat ? 1.6 : 0, type: "dashed" }, itemStyle: { color: colors.best }, z: 5 },
    ],
  };
}
