import { expect, test } from "vitest";
import { lineOf } from "../../curves/fixtures";
import { LINEAR, mapping } from "./scales";
import { judgedOf, markOf } from "./starring";

/** Epochs 0 to 10 over 100 pixels, values 0 to 1 over as many. */
const placing = { toX: mapping(LINEAR, [0, 10], 0, 100), toY: mapping(LINEAR, [0, 1], 100, 0) };
type Line = Parameters<typeof markOf>[0];
/** The mark on a line of a run that is judged by another, or by itself. */
const mark = (line: Line, objective = line, reduce: "best" | "last" = "best") => markOf(line, judgedOf([objective], reduce), placing, 100, 100)?.map(Math.round) ?? null;

test("the mark stands at the value that counts, not at the end", () => {
  expect(mark(lineOf(0, [0.5, 1, 0.75], { value: 1 }))).toEqual([20, 0]);
  expect(mark(lineOf(0, [0.5, Math.fround(0.9), 0.75], { value: 0.9 }))).toEqual([20, 10]);
});

test("of a smoothed line it stands at what was measured", () => {
  const measured = lineOf(0, [0.5, 1, 0.75], { value: 1 });
  expect(mark(lineOf(0, [0.5, 0.6, 0.7], { value: 1, raw: measured.ys }), measured)).toEqual([20, 0]);
});

test("of equal values the first counts, or the last one", () => {
  const line = lineOf(0, [0.5, 0.75, 0.75], { value: 0.75 });
  expect([mark(line, line, "best"), mark(line, line, "last")]).toEqual([[20, 25], [30, 25]]);
});

test("on the curve of another metric it stands where the run is judged, whatever the values there", () => {
  const objective = lineOf(0, [0.5, 1, 0.75], { value: 1 });
  expect(mark(lineOf(0, [0.4, 0.3, 0.2], { value: 1 }), objective)).toEqual([20, 70]);
  expect(mark(lineOf(0, [1, 0.3, 0.2], { value: 1 }), objective)).toEqual([20, 70]);
});

test("where nothing was measured then, and of a run that is not judged, it stands nowhere", () => {
  const objective = lineOf(0, [0.5, 1, 0.75], { value: 1 });
  expect(mark(lineOf(0, [0.4, null, 0.2]), objective)).toBeNull();
  expect(mark(lineOf(0, [0.4, 0.2], { xs: Float64Array.of(1, 3) }), objective)).toBeNull();
  expect(mark(lineOf(1, [0.4, 0.3, 0.2]), objective)).toBeNull();
  expect(mark(lineOf(0, [0.5, 0.6], { value: null }))).toBeNull();
});

test("where the point was thinned out it stands at the last one before", () => {
  const objective = lineOf(0, [0.5, 0.6, 1, 0.75], { value: 1 });
  const thinned = (xs: readonly number[]) => mark(lineOf(0, [0.4, 0.2], { xs: Float64Array.from(xs), thinned: true }), objective);
  expect(thinned([1, 4])).toEqual([10, 60]);
  expect(thinned([2, 3])).toEqual([30, 80]);
  expect(thinned([4, 5])).toBeNull();
  expect(mark(lineOf(1, [0.4, 0.2], { thinned: true }), objective)).toBeNull();
});

test("out of view it is not drawn elsewhere", () => {
  expect(mark(lineOf(0, [0.5, 2, 0.25], { value: 2 }))).toBeNull();
});
