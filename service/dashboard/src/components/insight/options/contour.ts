/** What trials came to by two parameters together, as a map of cells with the trials on it. */

import type { EChartsCoreOption } from "echarts/core";
import type { Contour, Trial } from "../../../api/types";
import { formatNumber, plural } from "../../../format/numbers";
import { formatParameter } from "../../../format/parameters";
import type { Colors } from "./colors";
import { axis, BEATEN, escaped, FONT, tooltip } from "./parts";

type ContourAxis = Contour["axes"][number];
type Cell = Contour["cells"][number];
/** A trial's place on both axes, its number, and its value. */
export type Spot = readonly [across: unknown, up: unknown, trial: number, value: number];

/** Below, a scale of the colors. */
const GRID = { left: 30, right: 18, top: 12, bottom: 74, containLabel: true };

/** Where the levels of an axis begin and end: between the numbers of neighbors, so that no gap is left; choices stand at their place. */
export function edgesOf({ categorical, log, levels }: ContourAxis): readonly (readonly [from: number, to: number])[] {
  if (categorical) return levels.map((_, place) => [place, place] as const);
  const [to, back] = log ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x];
  const [lows, highs] = [levels.map(({ low }) => to(low ?? 0)), levels.map(({ high }) => to(high ?? 0))];
  const inner = highs.slice(0, -1).map((high, place) => (high + (lows[place + 1] as number)) / 2);
  const [first, last] = [lows[0] ?? 0, highs.at(-1) ?? 0];
  // A level that is a single number reaches as far outwards as it does inwards.
  const begin = first === highs[0] ? first - ((inner[0] ?? first + 0.5) - first) : first;
  const end = last === lows.at(-1) ? last + (last - (inner.at(-1) ?? last - 0.5)) : last;
  const edges = [begin, ...inner, end].map(back);
  return levels.map((_, place) => [edges[place] as number, edges[place + 1] as number] as const);
}

export function contourOption({ axes, cells, objective }: Contour, spots: readonly Spot[], best: number | null, colors: Colors): EChartsCoreOption {
  const [across, up] = axes as [ContourAxis, ContourAxis];
  const [columns, rows] = [edgesOf(across), edgesOf(up)];
  const medians = cells.flatMap(({ median }) => (median === null ? [] : [median]));
  const [low, high] = [Math.min(...medians), Math.max(...medians)];
  const ramp = objective.direction === "maximize" ? [colors.raised, colors.accent] : [colors.accent, colors.raised];
  const shown = cells.filter(({ median }) => median !== null);
  return {
    animation: false,
    textStyle: FONT,
    grid: GRID,
    xAxis: withoutEnds(axis(colors, scaleOf(across, columns)), across),
    yAxis: withoutEnds(axis(colors, { ...scaleOf(up, rows), nameGap: 52 }), up),
    visualMap: { type: "continuous", dimension: 4, seriesIndex: 0, min: low, max: high === low ? low + 1 : high, inRange: { color: ramp }, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, itemWidth: 12, calculable: false, text: [`${formatNumber(high)} ${objective.metric}`, formatNumber(low)], textStyle: { color: colors.muted } },
    tooltip: tooltip(colors, ({ seriesName, dataIndex }) => (seriesName === "cells" ? describeCell(shown[dataIndex] as Cell, across, up) : describeSpot(spots[dataIndex] as Spot, across, up))),
    series: [
      { type: "custom", name: "cells", data: shown.map(({ across: x, up: y, median }) => [...(columns[x] as readonly number[]), ...(rows[y] as readonly number[]), median]), encode: { x: [0, 1], y: [2, 3] }, renderItem: cellRenderer(across.categorical, up.categorical), clip: true },
      { type: "scatter", name: "trials", symbolSize: spots.length > 400 ? 4 : 6, data: spots.map(([x, y, trial]) => ({ value: [placeOf(across, x), placeOf(up, y)], itemStyle: { color: trial === best ? colors.best : colors.text, opacity: trial === best ? 1 : 0.5, borderColor: colors.panel, borderWidth: trial === best ? 2 : 1 }, ...(trial === best && { symbolSize: 12 }) })), z: 5 },
    ],
  };
}

function scaleOf({ parameter, categorical, log, levels }: ContourAxis, edges: readonly (readonly [number, number])[]): Record<string, unknown> {
  const named = { name: parameter, splitLine: { show: false } };
  if (categorical) return { ...named, type: "category", data: levels.map(({ choice }) => formatParameter(choice)) };
  return { ...named, type: log ? "log" : "value", min: edges[0]?.[0], max: edges.at(-1)?.[1]};
}

/** A range begins and ends at odd numbers, which would stand in each other's way. */
function withoutEnds(made: Record<string, unknown>, { categorical }: ContourAxis): Record<string, unknown> {
  return categorical ? made : { ...made, axisLabel: { ...(made["axisLabel"] as object), showMinLabel: false, showMaxLabel: false } };
}

function placeOf({ categorical, levels }: ContourAxis, value: unknown): number {
  return categorical ? levels.findIndex(({ choice }) => JSON.stringify(choice) === JSON.stringify(value)) : Number(value);
}

interface Api {
  value(index: number): number;
  coord(place: readonly [number, number]): [number, number];
  size(extent: readonly [number, number]): [number, number];
  style(): Record<string, unknown>;
}

/** From edge to edge; a choice, whose axis knows no halves, is as wide as its band. */
function cellRenderer(across: boolean, up: boolean) {
  return (_: unknown, api: Api): Record<string, unknown> => {
    const [x0, x1, y0, y1] = [0, 1, 2, 3].map((index) => api.value(index)) as [number, number, number, number];
    const [[left, bottom], [right, top], [bandX, bandY]] = [api.coord([x0, y0]), api.coord([x1, y1]), api.size([1, 1])];
    const [padX, padY] = [across ? bandX / 2 : 0, up ? bandY / 2 : 0];
    const shape = { x: left - padX, y: top - padY, width: Math.max(1, right - left + 2 * padX), height: Math.max(1, bottom - top + 2 * padY) };
    return { type: "rect", shape, style: { ...api.style(), lineWidth: 0 } };
  };
}

function describeCell({ across: x, up: y, n, median, n_beaten }: Cell, across: ContourAxis, up: ContourAxis): string {
  const beaten = n_beaten > 0 ? [`${plural(n_beaten, "trial")} ${BEATEN}`] : [];
  return [`${escaped(across.parameter)} ${described(across, x)}`, `${escaped(up.parameter)} ${described(up, y)}`, `median ${formatNumber(median as number)} of ${plural(n, "trial")}`, ...beaten].join("<br>");
}

function described({ levels }: ContourAxis, place: number): string {
  const { choice, low, high } = levels[place] ?? { choice: null, low: null, high: null };
  if (low === null || high === null) return escaped(formatParameter(choice));
  return low === high ? formatNumber(low) : `${formatNumber(low)} … ${formatNumber(high)}`;
}

function describeSpot([x, y, trial, value]: Spot, across: ContourAxis, up: ContourAxis): string {
  return [`trial ${trial}: ${formatNumber(value)}`, `${escaped(across.parameter)} ${escaped(formatParameter(x))}`, `${escaped(up.parameter)} ${escaped(formatParameter(y))}`].join("<br>");
}

/** The share of the trials that have both parameters below which another pair tells more. */
const COMMON = 0.25;

/** The pair of parameters to begin with: those whose effects depend on each other most, or of those that many trials have together the two that decide most. One that has a single value has no effect to see: null where none vary together. */
export function pairOf(pairs: readonly { readonly parameters: readonly string[] }[], ordered: readonly string[], trials: readonly Pick<Trial, "parameters">[]): readonly [string, string] | null {
  const sharing = (...names: readonly string[]) => trials.filter(({ parameters }) => names.every((name) => parameters[name] !== undefined));
  const isVaried = ([across, up]: readonly [string, string]) => {
    const both = sharing(across, up);
    return [across, up].every((name) => both.some(({ parameters }) => parameters[name] !== both[0]?.parameters[name]));
  };
  const interacting = pairs.map(({ parameters: [one = "", other = ""] }) => [one, other] as const).find(isVaried);
  if (interacting) return interacting;
  const pairsOf = (names: readonly string[]) => names.flatMap((up, place) => names.slice(0, place).map((across) => [across, up] as const));
  const isCommon = (...names: readonly string[]) => sharing(...names).length >= COMMON * trials.length;
  const within = (one: string, other: string) => one.startsWith(`${other}.`);
  const isRelated = ([across, up]: readonly [string, string]) => within(across, up) || within(up, across);
  // There are about half as many pairs as parameters squared, and each is looked for in all trials: no more of them than it takes.
  const likely = pairsOf(ordered.filter((name) => isCommon(name)));
  const fitting = [(pair: readonly [string, string]) => !isRelated(pair) && isCommon(...pair) && isVaried(pair), isVaried];
  for (const fits of fitting) {
    const found = likely.find(fits);
    if (found) return found;
  }
  return pairsOf(ordered).find(isVaried) ?? null;
}
