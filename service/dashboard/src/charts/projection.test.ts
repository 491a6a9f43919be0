import { expect, test } from "vitest";
import type { Line } from "./lines";
import { nearest, project } from "./projection";

function line(trial: number, xs: readonly number[], ys: readonly (number | null)[]): Line {
  return { runId: `run_${trial}`, trial, replicate: 0, state: "COMPLETED", value: null, part: "only", xs, ys };
}

const same = (value: number) => value;
const flat = project(line(1, [0, 50, 100], [10, 10, 10]), same, same, false);
const steep = project(line(2, [0, 100], [0, 100]), same, same, false);

test("the nearest line wins, also between its points", () => {
  expect(nearest([flat, steep], 75, 12, 20)?.line.trial).toBe(1);
  expect(nearest([flat, steep], 75, 70, 20)?.line.trial).toBe(2);
});

test("the point is the one nearest in x", () => {
  expect(nearest([flat, steep], 40, 11, 20)).toMatchObject({ index: 1, x: 50, y: 10 });
});

test("nothing is hit beyond reach", () => {
  expect(nearest([flat], 50, 40, 20)).toBeNull();
  expect(nearest([], 0, 0, 20)).toBeNull();
});

test("gaps are not bridged", () => {
  const broken = project(line(3, [0, 50, 100], [10, null, 10]), same, same, false);
  expect(nearest([broken], 50, 10, 20)).toBeNull();
  expect(nearest([broken], 98, 10, 20)?.index).toBe(2);
});

test("a log axis leaves values that are not positive out", () => {
  const { points } = project(line(4, [1, 2], [0, 1]), same, Math.log10, true);
  expect(points[1]).toBeNaN();
  expect(points[3]).toBe(0);
});
