import { expect, test } from "vitest";
import { bestSoFar, smoothed } from "./smoothing";

function line(xs: readonly number[], ys: readonly number[], resumes: readonly number[] = []) {
  return { xs: Float64Array.from(xs), ys: Float64Array.from(ys), resumes };
}

test("a constant stays what it is from the first point on, also after a gap", () => {
  expect([...smoothed(line([0, 1, 2, 9], [3, 3, NaN, 3]), 2).ys]).toEqual([3, 3, NaN, 3]);
});

test("weights halve with the distance in x, not with the number of points", () => {
  const one = smoothed(line([0, 2], [0, 1]), 2).ys;
  expect(one[1]).toBeCloseTo(1 / 1.5);
  const far = smoothed(line([0, 20], [0, 1]), 2).ys;
  expect(far[1]).toBeCloseTo(1, 2);
});

test("nothing is carried over a resume", () => {
  expect([...smoothed(line([0, 1, 2, 3], [10, 10, 2, 2], [2]), 5).ys]).toEqual([10, 10, 2, 2]);
});

test("without a half-life it is the line itself", () => {
  const same = line([0, 1], [1, 2]);
  expect(smoothed(same, 0)).toBe(same);
});

test("the best so far follows the direction and leaves gaps", () => {
  const ys = [NaN, 0.5, 0.4, NaN, 0.9, 0.7];
  expect([...bestSoFar(line([0, 1, 2, 3, 4, 5], ys), true).ys]).toEqual([NaN, 0.5, 0.5, NaN, 0.9, 0.9]);
  expect([...bestSoFar(line([0, 1, 2, 3, 4, 5], ys), false).ys]).toEqual([NaN, 0.5, 0.4, NaN, 0.4, 0.4]);
});
