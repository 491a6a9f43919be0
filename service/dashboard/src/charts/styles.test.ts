import { expect, test } from "vitest";
import { lineOf } from "../curves/fixtures";
import type { Line } from "../curves/lines";
import { LIGHT } from "./colors";
import type { Emphasis } from "./styles";
import { styleOf } from "./styles";

const line = (trial: number, changes: Partial<Line> = {}) => lineOf(trial, [], { part: "validation", ...changes });
const band = { group: "adam", facet: null, low: new Float64Array(), high: new Float64Array(), bounds: null, n: [] };
const emphasis: Emphasis = {
  best: "1", several: new Set(), selected: null, pins: new Set(), baseline: null, shares: new Map([["0", 0], ["2", 1]]), paints: null, dashes: null, grouped: false, byConfiguration: true, crowd: 3,
};
const paints = new Map([["0", { color: "#111111", dash: [] }], ["1", { color: "#222222", dash: [9, 4] }], ["2", { color: "#111111", dash: [] }]]);

test("the best is drawn in its color, above the others, and wider", () => {
  const [best, other] = [styleOf(line(1), emphasis, LIGHT), styleOf(line(0), emphasis, LIGHT)];
  expect(best.color).toBe(LIGHT.best);
  expect(best.layer).toBeGreaterThan(other.layer);
  expect(best.width).toBeGreaterThan(other.width);
});

test("where colors are those of a parameter, best and selected keep theirs and are marked otherwise", () => {
  const colored = { ...emphasis, paints, selected: "2" };
  const [best, selected, other] = [styleOf(line(1), colored, LIGHT), styleOf(line(2), colored, LIGHT), styleOf(line(0), colored, LIGHT)];
  expect([best.color, selected.color, other.color]).toEqual(["#222222", "#111111", "#111111"]);
  expect([best.mark, selected.mark, other.mark]).toEqual([{ shape: "star", color: "#222222" }, null, null]);
  expect([best.casing, selected.casing, other.casing]).toEqual([null, LIGHT.selected, null]);
  expect(Math.min(best.width, selected.width)).toBeGreaterThan(other.width);
  expect(styleOf(line(1, { part: "train" }), colored, LIGHT).mark).toBeNull();
});

test("pruned runs are dimmed, train curves dotted, and a selection or a pin pushes the others back", () => {
  const other = styleOf(line(0), emphasis, LIGHT);
  expect(styleOf(line(3, { state: "PRUNED" }), emphasis, LIGHT).alpha).toBeLessThan(other.alpha / 1.5);
  expect(styleOf(line(0, { part: "train" }), emphasis, LIGHT).dash).not.toEqual([]);
  for (const chosen of [{ selected: "2" }, { pins: new Set(["2"]) }]) {
    expect(styleOf(line(0), { ...emphasis, ...chosen }, LIGHT).alpha).toBeLessThan(other.alpha);
    expect(styleOf(line(2), { ...emphasis, ...chosen }, LIGHT).color).toBe(LIGHT.selected);
  }
  expect(styleOf(line(2), { ...emphasis, baseline: "2" }, LIGHT)).toMatchObject({ color: LIGHT.baseline, alpha: 1 });
});

test("hundreds of runs are drawn fainter", () => {
  expect(styleOf(line(0), { ...emphasis, crowd: 300 }, LIGHT).alpha).toBeLessThan(styleOf(line(0), emphasis, LIGHT).alpha);
});

test("a group's middle stands before its runs, in their color", () => {
  const grouped = { ...emphasis, paints, best: null, grouped: true, byConfiguration: false };
  const [middle, run] = [styleOf(line(1, { band }), grouped, LIGHT), styleOf(line(1), grouped, LIGHT)];
  expect(middle).toMatchObject({ color: "#222222", dash: [9, 4], alpha: 1 });
  expect(run).toMatchObject({ color: "#222222", dash: [] });
  expect(middle.layer).toBeGreaterThan(run.layer);
  expect(middle.width).toBeGreaterThan(2 * run.width);
  expect(run.alpha).toBeLessThan(styleOf(line(0), emphasis, LIGHT).alpha / 2);
});

test("of a configuration with several seeds the middle is what a single run's curve is, and each run is marked where it counts", () => {
  const grouped = { ...emphasis, grouped: true, several: new Set(["1"]) };
  expect(styleOf(line(1, { band }), grouped, LIGHT)).toEqual({ ...styleOf(line(1), emphasis, LIGHT), mark: null });
  expect(styleOf(line(1), grouped, LIGHT)).toMatchObject({ mark: { shape: "dot", color: LIGHT.best }, layer: 1, width: 1 });
  const single = styleOf(line(1), { ...grouped, several: new Set(["0"]) }, LIGHT);
  expect(single).toEqual(styleOf(line(1), emphasis, LIGHT));
});

test("in a group of a parameter the runs of a best trial that has many are drawn as the others, beneath the middles", () => {
  const grouped = { ...emphasis, paints, grouped: true, byConfiguration: false, several: new Set(["0", "1", "2"]) };
  const [best, other, middle] = [styleOf(line(1), grouped, LIGHT), styleOf(line(0), grouped, LIGHT), styleOf(line(1, { band }), grouped, LIGHT)];
  expect(best).toEqual({ ...other, color: "#222222" });
  expect(best.layer).toBeLessThan(middle.layer);
  const chosen = styleOf(line(2), { ...grouped, selected: "2" }, LIGHT);
  expect(chosen).toMatchObject({ alpha: 1, width: 1, mark: null });
  expect(chosen.layer).toBeLessThan(middle.layer);
  expect(styleOf(line(1), { ...grouped, several: new Set() }, LIGHT).mark?.shape).toBe("star");
});

test("the runs of a best trial that nothing stands for are thin, and have no star each", () => {
  expect(styleOf(line(1), { ...emphasis, several: new Set(["1"]) }, LIGHT)).toMatchObject({ color: LIGHT.best, width: 1, mark: { shape: "dot" } });
});
