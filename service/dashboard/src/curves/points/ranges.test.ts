import { expect, test } from "vitest";
import { lineOf } from "../fixtures";
import type { Line } from "../lines";
import type { Focus } from "./ranges";
import { EVERYWHERE as everywhere, bulkExtentY, countOutside, extentX, extentY, padded, withRoom } from "./ranges";

const line = (ys: readonly (number | null)[], trial = 0, changes: Partial<Line> = {}) => lineOf(trial, ys, changes);

const focus = { maximize: true, chosen: new Set<string>() };

/** What the first view leaves out. */
function outsideOf(lines: readonly Line[], log: boolean, clip: boolean, of: Focus) {
  const bulk = clip ? bulkExtentY(lines, everywhere, log, of) : null;
  return countOutside(lines, log, bulk ? padded(bulk, log) : everywhere);
}

test("no points have no extent", () => {
  expect(extentX([])).toBeNull();
  expect(extentY([line([null])], everywhere, false)).toBeNull();
  expect(bulkExtentY([], everywhere, false, focus)).toBeNull();
});

test("the extent of y is that of the points in view", () => {
  expect(extentY([line([5, 1, 2, 9])], [2, 3], false)).toEqual([1, 2]);
});

test("a log axis counts positive values only", () => {
  expect(extentY([line([0, -3, 0.5, 2])], everywhere, true)).toEqual([0.5, 2]);
});

test("the bulk leaves a single explosion out, and well-behaved curves alone", () => {
  const tame = Array.from({ length: 40 }, (_, index) => line([1 - index / 100, 0.5, 0.2], index));
  expect(bulkExtentY(tame, everywhere, false, focus)).toEqual(extentY(tame, everywhere, false));
  const exploded = [...tame, line([1, 1e6, 1e9], 99)];
  const [low, high] = bulkExtentY(exploded, everywhere, false, focus) ?? [0, 0];
  expect(low).toBeCloseTo(0.2);
  expect(high).toBeLessThan(2);
  expect(outsideOf(exploded, false, true, focus)).toEqual({ above: 2, below: 0, notPositive: 0, notFinite: 0 });
  expect(outsideOf(exploded, false, false, focus)).toEqual({ above: 0, below: 0, notPositive: 0, notFinite: 0 });
});

const risen = Array.from({ length: 9 }, (_, index) => line([0.7, 0.85, 0.9, 0.95, 0.96, 0.97], index, { value: 0.97 }));
const collapsed = Array.from({ length: 2 }, (_, index) => line([0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 20 + index, { value: 0.1 }));
const pruned = Array.from({ length: 12 }, (_, index) => line([0.1, 0.12], 30 + index, { value: 0.12, state: "PRUNED" }));

test("the first view leaves out runs that collapsed and those that were ended early, however many, and counts their points", () => {
  const [low, high] = bulkExtentY([...risen, ...collapsed, ...pruned], everywhere, false, focus) ?? [0, 0];
  expect(low).toBeGreaterThan(0.5);
  expect(high).toBe(0.97);
  expect(outsideOf([...risen, ...collapsed, ...pruned], false, true, focus)).toEqual({ above: 0, below: 36, notPositive: 0, notFinite: 0 });
});

test("the tail lies above where the least is the best", () => {
  const losses = [...risen, ...collapsed].map((one) => ({ ...one, ys: one.ys.map((y) => 1 - y), value: 1 - (one.value as number) }));
  expect(outsideOf(losses, false, true, { maximize: false, chosen: new Set<string>() })).toEqual({ above: 12, below: 0, notPositive: 0, notFinite: 0 });
});

test("what is selected is in view, and nothing is left out for little", () => {
  expect(bulkExtentY([...risen, ...collapsed], everywhere, false, { maximize: true, chosen: new Set(["20"]) })).toEqual([0.1, 0.97]);
  const near = [...risen, line([0.65, 0.7, 0.75, 0.8, 0.8, 0.8], 20, { value: 0.8 })];
  expect(bulkExtentY(near, everywhere, false, focus)).toEqual([0.65, 0.97]);
});

test("where all were ended early, all are shown", () => {
  expect(bulkExtentY(pruned, everywhere, false, focus)).toEqual([0.1, 0.12]);
});

test("what a log axis cannot show is counted, and what is no number", () => {
  expect(outsideOf([line([0.5, null, NaN])], false, true, focus)).toEqual({ above: 0, below: 0, notPositive: 0, notFinite: 2 });
  expect(outsideOf([line([0, 1, -1])], true, false, focus).notPositive).toBe(2);
});

test("padding gives a single value room", () => {
  expect(padded([2, 2], false)).toEqual([1.8, 2.2]);
  expect(padded([0, 0], false)).toEqual([-1, 1]);
  expect(padded([1, 1], true)).toEqual([0.5, 2]);
});

test("the first and the last point have room for their marks, however narrow the plot is", () => {
  for (const pixels of [1000, 300, 10]) {
    const [low, high] = withRoom([1, 20], pixels);
    const scale = pixels / (high - low);
    expect((1 - low) * scale).toBeCloseTo((high - 20) * scale);
    if (pixels > 20) expect((1 - low) * scale).toBeCloseTo(7);
    expect(low).toBeLessThan(1);
  }
});

test("a log axis begins at its first positive x", () => {
  const late = line([1, 2, 3], 0, { xs: Float64Array.of(0, 10, 1000) });
  expect(extentX([late])).toEqual([0, 1000]);
  expect(extentX([late], true)).toEqual([10, 1000]);
  const [low, high] = withRoom([10, 1000], 1000, true);
  expect(10 / low).toBeCloseTo(high / 1000);
});

test("of many points some tell the first view, and the least and the greatest of all are still in it", () => {
  const many = Array.from({ length: 120 }, (_, number) => line(Array.from({ length: 1000 }, (_, index) => 0.5 + 0.4 * Math.sin(index + number)), number, { value: 0.5 }));
  expect(bulkExtentY(many, everywhere, false, focus)).toEqual(extentY(many, everywhere, false));
  const spiked = many.map((one, number) => (number === 60 ? { ...one, ys: one.ys.map((y, index) => (index === 500 ? 40 : y)) } : one));
  const [low, high] = bulkExtentY(spiked, everywhere, false, focus) ?? [0, 0];
  expect(low).toBeCloseTo(0.1, 3);
  expect(high).toBeGreaterThan(0.9);
  expect(high).toBeLessThan(1.5);
});
