import { expect, test } from "vitest";
import type { Line } from "./lines";
import { bulkExtentY, countOutside, extentX, extentY, padded } from "./ranges";

function line(ys: readonly (number | null)[], trial = 0): Line {
  return { runId: `run_${trial}`, trial, replicate: 0, state: "COMPLETED", value: null, part: "only", xs: ys.map((_, index) => index + 1), ys };
}

const everywhere = [-Infinity, Infinity] as const;

test("no points have no extent", () => {
  expect(extentX([])).toBeNull();
  expect(extentY([line([null])], everywhere, false)).toBeNull();
  expect(bulkExtentY([], everywhere, false)).toBeNull();
});

test("the extent of y is that of the points in view", () => {
  expect(extentY([line([5, 1, 2, 9])], [2, 3], false)).toEqual([1, 2]);
});

test("a log axis counts positive values only", () => {
  expect(extentY([line([0, -3, 0.5, 2])], everywhere, true)).toEqual([0.5, 2]);
});

test("the bulk leaves a single explosion out, and well-behaved curves alone", () => {
  const tame = Array.from({ length: 40 }, (_, index) => line([1 - index / 100, 0.5, 0.2], index));
  expect(bulkExtentY(tame, everywhere, false)).toEqual(extentY(tame, everywhere, false));
  const exploded = [...tame, line([1, 1e6, 1e9], 99)];
  const [low, high] = bulkExtentY(exploded, everywhere, false) ?? [0, 0];
  expect(low).toBeCloseTo(0.2);
  expect(high).toBeLessThan(2);
  expect(countOutside(exploded, false, true)).toEqual({ far: 2, notPositive: 0 });
  expect(countOutside(exploded, false, false)).toEqual({ far: 0, notPositive: 0 });
});

test("what a log axis cannot show is counted", () => {
  expect(countOutside([line([0, 1, -1])], true, false).notPositive).toBe(2);
});

test("padding gives a single value room", () => {
  expect(padded([2, 2], false)).toEqual([1.8, 2.2]);
  expect(padded([0, 0], false)).toEqual([-1, 1]);
  expect(padded([1, 1], true)).toEqual([0.5, 2]);
});
