import { expect, test } from "vitest";
import { LINEAR, mapping } from "../scales/scales";
import { spansOf } from "./spans";

const same = mapping(LINEAR, [0, 1], 0, 1);
const SIZE = { width: 100, height: 2000 };
const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** Rows of each column of one line. */
function drawn(xs: readonly number[], ys: readonly number[]): number[] {
  return Array.from(spansOf([{ xs: Float64Array.from(xs), ys: Float64Array.from(ys) }], { toX: same, toY: same }, SIZE, 1).rows);
}

/** The same, looked for column by column: all points within, and where what joins two points enters and leaves it. */
function expected(xs: readonly number[], ys: readonly number[]): number[] {
  return Array.from({ length: SIZE.width }, (_, column) => {
    const inside = xs.flatMap((x, n) => {
      const [nextX, y, nextY] = [xs[n + 1] ?? NaN, ys[n] as number, ys[n + 1] as number];
      const edges = [column, column + 1].filter((edge) => edge > x && edge <= nextX && Math.floor(x) !== Math.floor(nextX));
      return [...(Math.floor(x) === column ? [y] : []), ...edges.map((edge) => y + ((nextY - y) * (edge - x)) / (nextX - x))];
    }).filter((y) => !Number.isNaN(y));
    const [low, high] = [Math.floor(Math.min(...inside)), Math.floor(Math.max(...inside)) + 1];
    return high <= 0 || low >= SIZE.height || inside.length === 0 ? [SIZE.height, 0] : [Math.max(0, low), Math.min(SIZE.height, high)];
  }).flat();
}

test("each line leaves its least and its greatest value in each column that it crosses", () => {
  const xs = Array.from({ length: 500 }, (_, n) => 0.2 * n + (n % 7) / 50);
  const ys = xs.map((x, n) => (n % 97 === 0 ? NaN : 200 + 100 * Math.sin(x * 3) + (n % 31 === 0 ? 1000 : 0)));
  expect(drawn(xs, ys)).toEqual(expected(xs, ys));
});

test("a line that comes and goes, stands still, goes back or has no place is joined only where it goes on", () => {
  const next = random(3);
  for (let turn = 0; turn < 200; turn++) {
    let x = 130 * next() - 15;
    const xs = Array.from({ length: 30 }, () => (next() < 0.05 ? NaN : next() < 0.1 ? x : (x = next() < 0.15 ? 130 * next() - 15 : x + 15 * next())));
    const ys = xs.map(() => (next() < 0.05 ? NaN : SIZE.height * next()));
    expect(drawn(xs, ys)).toEqual(expected(xs, ys));
  }
});

test("beside a value that is larger than all others by far, a line still ends where it does", () => {
  const [xs, ys] = [[0.5, 1.5, 1.6, 2.5, 5.5, 6.5], [7.5, 1.23e30, 9.5, 123.5, -4.5e40, 50.5]];
  expect(drawn(xs, ys)).toEqual(expected(xs, ys));
});
