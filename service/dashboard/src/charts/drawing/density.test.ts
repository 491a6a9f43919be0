import { expect, test } from "vitest";
import { countLines, paintCrowds } from "./density";
import { addSpans, emptySpans } from "./spans";

const size = { width: 60, height: 40 };
const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** Lines of many more points than there are columns, with gaps and spikes out of the picture. */
const lines = Array.from({ length: 30 }, (_, number) => {
  const next = random(number + 1);
  const values = Array.from({ length: 400 }, (_, n) => [n * 0.16, next() < 0.01 ? NaN : next() < 0.01 ? -500 : 20 + 18 * Math.sin(n / (9 + number)) + 3 * next()]);
  return Float32Array.from(values.flat());
});

test("each line leaves its least and its greatest value in each column, and all between them", () => {
  for (const line of lines) {
    const { low, high } = emptySpans(size.width);
    addSpans(line, size.width, { low, high });
    const passed = Int32Array.from({ length: size.width * size.height }, (_, at) => {
      const [row, column] = [Math.floor(at / size.width), at % size.width];
      return Number(row >= Math.floor(low[column] as number) && row <= Math.floor(high[column] as number));
    });
    expect(countLines([line], size)).toEqual(passed);
  }
});

test("a crowd is the sum of its lines, in whatever order", () => {
  const sum = new Int32Array(size.width * size.height);
  for (const line of lines) countLines([line], size).forEach((n, at) => (sum[at] = (sum[at] as number) + n));
  expect(countLines(lines, size)).toEqual(sum);
  expect(countLines([...lines].reverse(), size)).toEqual(sum);
});

test("a single line stays visible, a crowd covers, and a later color lies above", () => {
  const level = (y: number) => Float32Array.of(0, y, 59, y);
  const one = paintCrowds([{ color: [10, 20, 30], alpha: 0.01, lines: [level(5)] }], size);
  const at = 4 * (5 * size.width + 30);
  expect([...one.slice(at, at + 3)]).toEqual([10, 20, 30]);
  expect(one[at + 3]).toBeGreaterThan(35);
  const many = paintCrowds([{ color: [10, 20, 30], alpha: 0.3, lines: Array.from({ length: 50 }, () => level(5)) }, { color: [200, 0, 0], alpha: 1, lines: [level(9)] }], size);
  expect(many[at + 3]).toBeGreaterThan(250);
  expect([...many.slice(4 * 9 * size.width, 4 * 9 * size.width + 4)]).toEqual([200, 0, 0, 255]);
});
