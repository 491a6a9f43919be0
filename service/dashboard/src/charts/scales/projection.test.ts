import { expect, test } from "vitest";
import { lineOf } from "../../curves/fixtures";
import type { Line } from "../../curves/lines";
import { HoverIndex } from "../hover";
import { project } from "./projection";
import { LINEAR, LOG, mapping, nearScale, unmapping } from "./scales";
import { spansOf } from "../drawing/spans";

const same = mapping(LINEAR, [0, 1], 0, 1);
const FLOOR = 300;
const through = (trial: number, xs: readonly number[], ys: readonly (number | null)[]) => lineOf(trial, ys, { xs: Float64Array.from(xs) });
const plain = (one: Line) => project(one, { toX: same, toY: same }, FLOOR);
const flat = plain(through(1, [0, 50, 100], [10, 10, 10]));
const steep = plain(through(2, [0, 100], [0, 100]));
const nearest = (all: readonly ReturnType<typeof plain>[], x: number, y: number, reach: number, ratio = 1) =>
  new HoverIndex(all, spansOf(all.map(({ line }) => line), { toX: same, toY: same }, { width: 120 * ratio, height: 120 * ratio }, ratio), ratio).nearest(x, y, reach);

test("the nearest line wins, also between its points", () => {
  expect(nearest([flat, steep], 75, 12, 20)?.line.trial).toBe("1");
  expect(nearest([flat, steep], 75, 70, 20)?.line.trial).toBe("2");
});

test("the point is the one nearest in x, on a finer screen too", () => {
  expect(nearest([flat, steep], 40, 11, 20)).toMatchObject({ index: 1, x: 50, y: 10 });
  expect(nearest([flat, steep], 40, 11, 20, 2)).toMatchObject({ index: 1, x: 50, y: 10 });
});

test("nothing is hit beyond reach, and later lines win ties", () => {
  expect(nearest([flat], 50, 40, 20)).toBeNull();
  expect(nearest([flat], 119, 10, 17)).toBeNull();
  expect(nearest([flat], 119, 10, 20)?.line.trial).toBe("1");
  expect(nearest([], 0, 0, 20)).toBeNull();
  expect(nearest([flat, plain(through(3, [0, 100], [10, 10]))], 50, 10, 20)?.line.trial).toBe("3");
});

test("a point without a finite value is a gap, marked where the line would pass, and found there", () => {
  const broken = plain(through(3, [0, 50, 100], [10, null, 30]));
  expect(broken.points[3]).toBeNaN();
  expect([...broken.gaps].map((value) => (Number.isNaN(value) ? null : value))).toEqual([null, null, 50, 20, null, null]);
  expect(nearest([broken], 25, 15, 12)).toBeNull();
  expect(nearest([broken], 52, 22, 12)).toMatchObject({ index: 1, x: 50, y: 20 });
  expect(nearest([broken], 98, 30, 20)?.index).toBe(2);
});

test("at an end a gap is marked level with what is drawn, and on the floor where nothing is", () => {
  expect(plain(through(4, [0, 50, 100], [null, 10, NaN])).gaps.filter((_, place) => place % 2 === 1)).toEqual(Float32Array.of(10, NaN, 10));
  expect(plain(through(5, [0], [null])).gaps).toEqual(Float32Array.of(0, FLOOR));
});

test("a log axis leaves out what is not positive", () => {
  const log = mapping(LOG, [1, 10], 0, 1);
  const { points, gaps } = project(through(4, [0, 1, 2], [1, 0, 1]), { toX: log, toY: log }, FLOOR);
  expect([points[1], points[3]]).toEqual([NaN, NaN]);
  expect(points[5]).toBe(0);
  expect(gaps).toHaveLength(0);
});

test("pixels lead back to values", () => {
  for (const scale of [LINEAR, LOG, nearScale(38, 0.4)]) {
    const [to, back] = [mapping(scale, [0.5, 40], 300, 0), unmapping(scale, [0.5, 40], 300, 0)];
    expect([to(0.5), to(40)]).toEqual([300, 0]);
    expect(back(to(7))).toBeCloseTo(7);
  }
});
