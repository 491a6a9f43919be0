import { expect, test } from "vitest";
import { LIGHT, rampColor, rankShares } from "./colors";
import type { Line } from "./lines";
import type { Emphasis } from "./styles";
import { styleOf } from "./styles";

const line = (trial: number, changes: Partial<Line> = {}): Line => ({
  runId: `run_${trial}`, trial, replicate: 0, state: "COMPLETED", value: null, part: "validation", xs: [], ys: [], ...changes,
});
const emphasis: Emphasis = { best: 1, selected: null, shares: new Map([[0, 0], [2, 1]]), categories: null, crowd: 3 };

test("ranks go from the worst to the best, whatever the direction", () => {
  const values = new Map([[0, 0.1], [1, 900], [2, 0.3]]);
  expect(rankShares(values, true).get(1)).toBe(1);
  expect(rankShares(values, false)).toEqual(new Map([[1, 0], [2, 0.5], [0, 1]]));
});

test("the ramp's ends are its colors", () => {
  expect(rampColor(["#000000", "#ff8000"], 0)).toBe("rgb(0, 0, 0)");
  expect(rampColor(["#000000", "#ff8000"], 1)).toBe("rgb(255, 128, 0)");
});

test("the best is drawn in its color, above the others, and wider", () => {
  const [best, other] = [styleOf(line(1), emphasis, LIGHT), styleOf(line(0), emphasis, LIGHT)];
  expect(best.color).toBe(LIGHT.best);
  expect(best.layer).toBeGreaterThan(other.layer);
  expect(best.width).toBeGreaterThan(other.width);
});

test("where colors are those of a parameter, best and selected keep theirs and are marked otherwise", () => {
  const colored = { ...emphasis, categories: new Map([[0, "#111111"], [1, "#222222"], [2, "#111111"]]), selected: 2 };
  const [best, selected, other] = [styleOf(line(1), colored, LIGHT), styleOf(line(2), colored, LIGHT), styleOf(line(0), colored, LIGHT)];
  expect([best.color, selected.color, other.color]).toEqual(["#222222", "#111111", "#111111"]);
  expect([best.star, selected.star, other.star]).toEqual([true, false, false]);
  expect([best.casing, selected.casing, other.casing]).toEqual([null, LIGHT.selected, null]);
  expect(Math.min(best.width, selected.width)).toBeGreaterThan(other.width);
  expect(styleOf(line(1, { part: "train" }), colored, LIGHT).star).toBe(false);
});

test("pruned runs are dimmed, train curves dashed, and a selection pushes the others back", () => {
  const other = styleOf(line(0), emphasis, LIGHT);
  expect(styleOf(line(3, { state: "PRUNED" }), emphasis, LIGHT).alpha).toBeLessThan(other.alpha / 1.5);
  expect(styleOf(line(0, { part: "train" }), emphasis, LIGHT).dash).not.toEqual([]);
  expect(styleOf(line(0), { ...emphasis, selected: 2 }, LIGHT).alpha).toBeLessThan(other.alpha);
  expect(styleOf(line(2), { ...emphasis, selected: 2 }, LIGHT).color).toBe(LIGHT.selected);
});

test("hundreds of runs are drawn fainter", () => {
  expect(styleOf(line(0), { ...emphasis, crowd: 300 }, LIGHT).alpha).toBeLessThan(styleOf(line(0), emphasis, LIGHT).alpha);
});
