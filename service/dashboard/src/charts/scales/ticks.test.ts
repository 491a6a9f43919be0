import { expect, test } from "vitest";
import { LINEAR, mapping, nearScale } from "./scales";
import { evenTicks, logTicks, roundest, unevenTicks } from "./ticks";

test("even ticks are round and no more than were asked for", () => {
  expect(evenTicks([0.03, 0.97], 6)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(evenTicks([0.9, 20.1], 10, [1, 2, 5])).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  expect(evenTicks([0, 0.3], 4)).toEqual([0, 0.1, 0.2, 0.3]);
});

test("ticks of a log axis are powers of ten, with what lies between where there is room", () => {
  expect(logTicks([0.03, 2], 8)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(logTicks([1e-6, 1e3], 6)).toEqual([1e-6, 1e-4, 0.01, 1, 100]);
  expect(logTicks([2.1, 4.9], 6)).toEqual([2.5, 3, 3.5, 4, 4.5]);
});

test("the roundest number has the fewest digits and lies nearest to the middle", () => {
  expect(roundest(0.87, 0.93, 0.9)).toBe(0.9);
  expect(roundest(0.9876, 0.9884, 0.988)).toBe(0.988);
  expect(roundest(-3, 40, 20)).toBe(0);
  expect(roundest(0.25, 0.25, 0.25)).toBe(0.25);
});

test("near the best ticks stand apart and say exactly where they stand", () => {
  const scale = nearScale(0.9731, 0.0047);
  const [range, pixels] = [[0.48, 0.975] as const, 320];
  const ticks = unevenTicks(scale, range, pixels, 30);
  const at = mapping(scale, range, 0, pixels);
  const gaps = ticks.slice(1).map((tick, index) => at(tick) - at(ticks[index] as number));
  expect(ticks.length).toBeGreaterThan(5);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30 - 1e-6);
  for (const tick of ticks) expect(String(tick).length).toBeLessThanOrEqual(6);
  expect(unevenTicks(LINEAR, [0, 1], 100, 30)[0]).toBe(0);
});
