import { expect, test } from "vitest";
import type { Hyperparameter } from "../../api/types";
import { positionOf, rangeOf, valueAt } from "./sliding";

const field = (search: Hyperparameter["search"]) => ({ search }) as Hyperparameter;

test("a slider goes from the low end to the high end, and its middle is that of the range", () => {
  const log = rangeOf(field({ log_uniform: [0.01, 1] }));
  const even = rangeOf(field({ uniform: [0, 0.5] }));
  const whole = rangeOf(field({ int: [1, 8] }));
  if (!log || !even || !whole) throw new Error("these are ranges");
  expect([0, 500, 1000].map((position) => valueAt(position, log))).toEqual(["0.01", "0.1", "1"]);
  expect([0, 500, 1000].map((position) => valueAt(position, even))).toEqual(["0", "0.25", "0.5"]);
  expect([0, 500, 1000].map((position) => valueAt(position, whole))).toEqual(["1", "5", "8"]);
  expect(positionOf(0.1, log)).toBe(500);
  expect(positionOf(7, even)).toBe(1000);
  expect(positionOf(Number.NaN, even)).toBe(0);
});

test("what is not a range of numbers has no slider", () => {
  expect(rangeOf(field({ choice: [1, 2] }))).toBeNull();
  expect(rangeOf(field(null))).toBeNull();
});
