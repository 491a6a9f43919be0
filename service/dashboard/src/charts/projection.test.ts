import { expect, test } from "vitest";
import type { Line } from "./lines";
import { nearest, project } from "./projection";

function line(trial: number, xs: readonly number[], ys: readonly (number | null)[]): Line {
  return { runId: `run_${trial}`, trial, replicate: 0, state: "COMPLETED", value: null, part: "only", xs, ys };
}

const same = (value: number) => value;
const FLOOR = 300;
const plain = (one: Line) => project(one, same, same, false, FLOOR);
const flat = plain(line(1, [0, 50, 100], [10, 10, 10]));
const steep = plain(line(2, [0, 100], [0, 100]));

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

test("a point without a finite value is a gap, marked where the line would pass, and found there", () => {
  const broken = plain(line(3, [0, 50, 100], [10, null, 30]));
  expect(broken.points[3]).toBeNaN();
  expect([...broken.gaps].map((value) => (Number.isNaN(value) ? null : value))).toEqual([null, null, 50, 20, null, null]);
  expect(nearest([broken], 25, 15, 12)).toBeNull();
  expect(nearest([broken], 52, 22, 12)).toMatchObject({ index: 1, x: 50, y: 20 });
  expect(nearest([broken], 98, 30, 20)?.index).toBe(2);
});

test("at an end a gap is marked level with what is drawn, and on the floor where nothing is", () => {
  expect(plain(line(4, [0, 50, 100], [null, 10, NaN])).gaps.filter((_, place) => place % 2 === 1)).toEqual(Float32Array.of(10, NaN, 10));
  expect(plain(line(5, [0], [null])).gaps).toEqual(Float32Array.of(0, FLOOR));
});

test("a log axis leaves values that are not positive out", () => {
  const { points, gaps } = project(line(4, [1, 2], [0, 1]), same, Math.log10, true, FLOOR);
  expect(points[1]).toBeNaN();
  expect(points[3]).toBe(0);
  expect(gaps[1]).toBeNaN();
});
