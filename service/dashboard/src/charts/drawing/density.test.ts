import { expect, test } from "vitest";
import { countLines, paintCrowds } from "./density";
import type { Placing } from "../scales/projection";
import { LINEAR, mapping } from "../scales/scales";
import type { Line } from "../../curves/lines";
import type { Spans } from "./spans";
import { spansOf } from "./spans";

const size = { width: 60, height: 40 };
const pixels = mapping(LINEAR, [0, 1], 0, 1);
const placing: Placing = { toX: pixels, toY: pixels };
const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** Lines of many more points than there are columns, with gaps and spikes out of the picture. */
const lines = Array.from({ length: 30 }, (_, number) => {
  const next = random(number + 1);
  const values = Array.from({ length: 400 }, (_, n) => (next() < 0.01 ? NaN : next() < 0.01 ? -500 : 20 + 18 * Math.sin(n / (9 + number)) + 3 * next()));
  return { xs: Float64Array.from(values, (_, n) => n * 0.16), ys: Float64Array.from(values) };
});
const spans = spansOf(lines, placing, size, 1);
const all = lines.map((_, place) => place);
const countsOf = (places: readonly number[]) => Array.from(countLines(places, spans).counts.subarray(0, size.width * size.height));

/** The rows of a line's columns, in pairs. */
const rowsOf = ({ width, rows }: Spans, place: number) => rows.slice(2 * place * width, 2 * (place + 1) * width);

test("each line leaves its least and its greatest value in each column, and all between them", () => {
  for (const place of all) {
    const rows = rowsOf(spans, place);
    const passed = Array.from({ length: size.width * size.height }, (_, at) => {
      const [row, column] = [Math.floor(at / size.width), at % size.width];
      return Number(row >= (rows[2 * column] as number) && row < (rows[2 * column + 1] as number));
    });
    expect(countsOf([place])).toEqual(passed);
  }
});

test("a crowd is the sum of its lines, in whatever order", () => {
  const sum = countsOf([]);
  for (const place of all) countsOf([place]).forEach((n, at) => (sum[at] = (sum[at] as number) + n));
  expect(countsOf(all)).toEqual(sum);
  expect(countsOf([...all].reverse())).toEqual(sum);
});

test("on a finer screen there are more columns, and spans are as much taller", () => {
  const finer = spansOf(lines, placing, { width: 2 * size.width, height: 2 * size.height }, 2);
  for (const column of [0, 1, 30]) {
    const [top, bottom] = [0, 1].map((end) => spans.rows[2 * column + end]) as [number, number];
    const [first, last, second, end] = Array.from(finer.rows.subarray(4 * column, 4 * column + 4)) as [number, number, number, number];
    expect(Math.floor(Math.min(first, second) / 2)).toBe(top);
    expect(Math.ceil(Math.max(last, end) / 2)).toBe(bottom);
  }
});

test("a single line stays visible, a crowd covers, and a later color lies above", () => {
  const level = (y: number) => ({ xs: Float64Array.of(0, 59), ys: Float64Array.of(y, y) });
  const alone = spansOf([level(5)], placing, size, 1);
  const one = paintCrowds([{ color: [10, 20, 30], alpha: 0.01, places: [0] }], alone);
  const at = 4 * (5 * size.width + 30);
  expect([...one.slice(at, at + 3)]).toEqual([10, 20, 30]);
  expect(one[at + 3]).toBeGreaterThan(35);
  const fifty = Array.from({ length: 50 }, (_, place) => place);
  const among = spansOf([...fifty.map(() => level(5)), level(9)], placing, size, 1);
  const many = paintCrowds([{ color: [10, 20, 30], alpha: 0.3, places: fifty }, { color: [200, 0, 0], alpha: 1, places: [50] }], among);
  expect(many[at + 3]).toBeGreaterThan(250);
  expect([...many.slice(4 * 9 * size.width, 4 * 9 * size.width + 4)]).toEqual([200, 0, 0, 255]);
});

test("spans of lines that are the same, in the same place, are worked out once", () => {
  const [one, other, another] = lines as unknown as readonly [Line, Line, Line];
  const first = spansOf([one, other], placing, size, 1);
  first.rows[0] = -1000;
  const second = spansOf([one, another], placing, size, 1, first);
  expect(second.rows[0]).toBe(-1000);
  expect(rowsOf(second, 1)).toEqual(rowsOf(spansOf([another], placing, size, 1), 0));
  const moved = { ...placing, toX: mapping(LINEAR, [0, 2], 0, 1) };
  expect(spansOf([one, another], moved, size, 1, second).rows[0]).not.toBe(-1000);
});
