import { expect, test } from "vitest";
import { lineOf } from "../../curves/fixtures";
import { LINEAR, mapping } from "./scales";
import { starOf } from "./starring";

/** Epochs 0 to 10 over 100 pixels, values 0 to 1 over as many. */
const placing = { toX: mapping(LINEAR, [0, 10], 0, 100), toY: mapping(LINEAR, [0, 1], 100, 0) };
const star = (line: Parameters<typeof starOf>[0]) => starOf(line, placing, 100, 100)?.map(Math.round) ?? null;

test("the star stands at the value that counts, not at the end", () => {
  expect(star(lineOf(0, [0.5, 1, 0.75], { value: 1 }))).toEqual([20, 0]);
  expect(star(lineOf(0, [0.5, Math.fround(0.9), 0.75], { value: 0.9 }))).toEqual([20, 10]);
});

test("of a smoothed line it stands at what was measured", () => {
  expect(star(lineOf(0, [0.5, 0.6, 0.7], { value: 1, raw: Float64Array.of(0.5, 1, 0.75) }))).toEqual([20, 0]);
});

test("where no point has that value, as of another metric or the middle of several runs, it stands at the last one in view", () => {
  expect(star(lineOf(0, [0.5, 0.6, 0.25], { value: 0.9 }))).toEqual([30, 75]);
  expect(star(lineOf(0, [0.5, 0.6, null], { value: null }))).toEqual([20, 40]);
  expect(star(lineOf(0, [2, 3]))).toBeNull();
});

test("out of view it is not drawn elsewhere", () => {
  expect(star(lineOf(0, [0.5, 2, 0.25], { value: 2 }))).toBeNull();
});
