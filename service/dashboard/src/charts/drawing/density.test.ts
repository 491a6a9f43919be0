import { expect, test } from "vitest";
import { countLines, paintCrowds } from "./density";
import type { Placing } from "../scales/projection";
import { LINEAR, mapping } from "../scales/scales";
import type { Line } from "../../curves/lines";
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
const spans = spansOf(lines, placing, size.width, 1);
const all = lines.map((_, place) => place);

test("each line leaves its least and its greatest value in each column, and all between them", () => {
  for (const place of all) {
    const [low, high] = [spans.low, spans.high].map((ends) => ends.subarray(place * size.width, (place + 1) * size.width)) as [Float32Array, Float32Array];
    const passed = Int16Array.from({ length: size.width * size.height }, (_, at) => {
      const [row, column] = [Math.floor(at / size.width), at % size.width];
      return Number(row >= Math.floor(low[column] as number) && row <= Math.floor(high[column] as number));
    });
    expect(countLines([place], spans, size.height)).toEqual(passed);
  }
});

test("a crowd is the sum of its lines, in whatever order", () => {
  const sum = new Int16Array(size.width * size.height);
  for (const place of all) countLines([place], spans, size.height).forEach((n, at) => (sum[at] = (sum[at] as number) + n));
  expect(countLines(all, spans, size.height)).toEqual(sum);
  expect(countLines([...all].reverse(), spans, size.height)).toEqual(sum);
});

test("on a finer screen there are more columns, and spans are as much taller", () => {
  const finer = spansOf(lines, placing, 2 * size.width, 2);
  for (const at of [0, 1, 30]) {
    expect(Math.min(finer.low[2 * at] as number, finer.low[2 * at + 1] as number)).toBeCloseTo(2 * (spans.low[at] as number), 3);
    expect(Math.max(finer.high[2 * at] as number, finer.high[2 * at + 1] as number)).toBeCloseTo(2 * (spans.high[at] as number), 3);
  }
});

test("a single line stays visible, a crowd covers, and a later color lies above", () => {
  const level = (y: number) => ({ xs: Float64Array.of(0, 59), ys: Float64Array.of(y, y) });
  const alone = spansOf([level(5)], placing, size.width, 1);
  const one = paintCrowds([{ color: [10, 20, 30], alpha: 0.01, places: [0] }], alone, size);
  const at = 4 * (5 * size.width + 30);
  expect([...one.slice(at, at + 3)]).toEqual([10, 20, 30]);
  expect(one[at + 3]).toBeGreaterThan(35);
  const fifty = Array.from({ length: 50 }, (_, place) => place);
  const among = spansOf([...fifty.map(() => level(5)), level(9)], placing, size.width, 1);
  const many = paintCrowds([{ color: [10, 20, 30], alpha: 0.3, places: fifty }, { color: [200, 0, 0], alpha: 1, places: [50] }], among, size);
  expect(many[at + 3]).toBeGreaterThan(250);
  expect([...many.slice(4 * 9 * size.width, 4 * 9 * size.width + 4)]).toEqual([200, 0, 0, 255]);
});

test("spans of lines that are the same, in the same place, are worked out once", () => {
  const [one, other, another] = lines as unknown as readonly [Line, Line, Line];
  const first = spansOf([one, other], placing, size.width, 1);
  first.low[0] = -1000;
  const second = spansOf([one, another], placing, size.width, 1, first);
  expect(second.low[0]).toBe(-1000);
  expect(second.low.slice(size.width)).toEqual(spansOf([another], placing, size.width, 1).low);
  const moved = { ...placing, toX: mapping(LINEAR, [0, 2], 0, 1) };
  expect(spansOf([one, another], moved, size.width, 1, second).low[0]).not.toBe(-1000);
});
