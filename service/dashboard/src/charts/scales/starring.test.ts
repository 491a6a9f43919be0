import { expect, test } from "vitest";
import { lineOf } from "../../curves/fixtures";
import { LINEAR, mapping } from "./scales";
import { markOf } from "./starring";

/** Epochs 0 to 10 over 100 pixels, values 0 to 1 over as many. */
const placing = { toX: mapping(LINEAR, [0, 10], 0, 100), toY: mapping(LINEAR, [0, 1], 100, 0) };
type Of = Parameters<typeof markOf>;
const star = (line: Of[0], reduce: Of[2] = "best", shape: Of[1] = "star") => markOf(line, shape, reduce, placing, 100, 100)?.map(Math.round) ?? null;

test("the star stands at the value that counts, not at the end", () => {
  expect(star(lineOf(0, [0.5, 1, 0.75], { value: 1 }))).toEqual([20, 0]);
  expect(star(lineOf(0, [0.5, Math.fround(0.9), 0.75], { value: 0.9 }))).toEqual([20, 10]);
});

test("of a smoothed line it stands at what was measured", () => {
  expect(star(lineOf(0, [0.5, 0.6, 0.7], { value: 1, raw: Float64Array.of(0.5, 1, 0.75) }))).toEqual([20, 0]);
});

test("of equal values the first counts, or the last one", () => {
  const line = lineOf(0, [0.5, 0.75, 0.75], { value: 0.75 });
  expect([star(line, "best"), star(line, "last")]).toEqual([[20, 25], [30, 25]]);
});

test("a dot stands at the value that counts, and nowhere else", () => {
  expect(star(lineOf(0, [0.5, 1, 0.75], { value: 1 }), "best", "dot")).toEqual([20, 0]);
  expect(star(lineOf(0, [0.5, 0.6, 0.25], { value: 0.9 }), "best", "dot")).toBeNull();
});

test("where no point has that value, as of another metric, it stands at the last one in view", () => {
  expect(star(lineOf(0, [0.5, 0.6, 0.25], { value: 0.9 }))).toEqual([30, 75]);
  expect(star(lineOf(0, [0.5, 0.6, null], { value: null }))).toEqual([20, 40]);
  expect(star(lineOf(0, [2, 3]))).toBeNull();
});

test("out of view it is not drawn elsewhere", () => {
  expect(star(lineOf(0, [0.5, 2, 0.25], { value: 2 }))).toBeNull();
});
