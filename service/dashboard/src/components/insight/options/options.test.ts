import { expect, test } from "vitest";
import type { Effect, Parallel, Pareto } from "../../../api/types";
import { mergeAxes } from "./axes";
import type { Colors } from "./colors";
import { effectOption, historyOption, parallelOption, paretoOption } from "./options";

const colors = { text: "t", muted: "m", line: "l", panel: "p", accent: "a", best: "b", faint: "f", raised: "r", completed: "c", running: "g", failed: "x", paused: "y" } satisfies Colors;
const objective = { metric: "val_loss", direction: "minimize" } as const;
type Series = { readonly name: string; readonly data: readonly unknown[] };
const seriesOf = (option: unknown, name: string) => ((option as { series: readonly Series[] }).series.find((one) => one.name === name) as Series).data;

test("the best so far only gets better, by the direction", () => {
  const dots = [[2, 0.7, 2], [0, 0.5, 0], [1, 0.9, 1]] as const;
  expect(seriesOf(historyOption(dots, objective, colors), "best so far")).toEqual([[0, 0.5], [1, 0.5], [2, 0.5]]);
  expect(seriesOf(historyOption(dots, { ...objective, direction: "maximize" }, colors), "best so far")).toEqual([[0, 0.5], [1, 0.9], [2, 0.9]]);
});

test("lines of parallel axes leave out what has no value, and have gaps where a condition did not hold", () => {
  const found = {
    axes: [{ parameter: "optimizer", choices: ["adam", "sgd"], low: null, high: null, log: false }, { parameter: "optimizer.sgd.lr", choices: null, low: 1e-3, high: 1, log: true }],
    trial: [4, 5, 6], state: ["COMPLETED", "COMPLETED", "PRUNED"], value: [0.1, 0.2, null], columns: { optimizer: ["sgd", "adam", "adam"], "optimizer.sgd.lr": [0.1, null, null] }, n_left_out: 0,
  } as unknown as Parallel;
  const { axes, columns } = mergeAxes(found);
  const lines = seriesOf(parallelOption(found, axes, columns, new Set([5]), objective, colors), "trials") as { value: unknown[]; lineStyle?: unknown }[];
  expect(lines.map(({ value }) => value)).toEqual([["sgd", 0.1, 0.1], ["adam", "-", 0.2]]);
  expect(lines.map(({ lineStyle }) => lineStyle !== undefined)).toEqual([false, true]);
});

test("a stretch of a logarithmic parameter stands at its middle there, with the interval of its median", () => {
  const level = { choice: null, low: 0.01, high: 1, n: 9, median: 0.5, median_low: 0.4, median_high: 0.6, quartile_1: 0.3, quartile_3: 0.7, n_beaten: 0 };
  const effect: Effect = { parameter: "lr", categorical: false, log: true, levels: [level, { ...level, low: 2, high: 8, median: null }] };
  const option = effectOption(effect, [[0.1, 0.5, 3]], 3, objective, colors);
  expect(seriesOf(option, "median")).toEqual([[0.1, 0.5]]);
  expect(seriesOf(option, "interval")).toEqual([[0.1, 0.4, 0.6]]);
});

test("an axis of values that are all the same is narrow around them, and others are the drawing's own", () => {
  const { min, max } = (effectOption({ parameter: "lr", categorical: false, log: true, levels: [] }, [], null, objective, colors) as { yAxis: Record<"min" | "max", (of: { min: number; max: number }) => number | null> }).yAxis;
  const of = (low: number, high: number) => [min({ min: low, max: high }), max({ min: low, max: high })];
  expect(of(0.97, 0.97)).toEqual([0.96, 0.98]);
  expect(of(-2500, -2500)).toEqual([-2600, -2400]);
  expect(of(0, 0)).toEqual([-0.1, 0.1]);
  expect(of(0.97, 0.971)).toEqual([null, null]);
});

test("the front goes from left to right", () => {
  const found = { items: [{ trial: 1, values: [3, 1] }, { trial: 2, values: [1, 3] }], objectives: [{ metric: "a" }, { metric: "b" }] } as unknown as Pareto;
  expect(seriesOf(paretoOption(found, [], [0, 1], colors), "front")).toEqual([[1, 3, 2], [3, 1, 1]]);
  expect(seriesOf(paretoOption(found, [], [1, 0], colors), "front")).toEqual([[1, 3, 1], [3, 1, 2]]);
});
