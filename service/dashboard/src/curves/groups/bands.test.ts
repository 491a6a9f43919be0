import { expect, test } from "vitest";
import type { Band } from "../lines";
import { edgesOf, isCut } from "./bands";

const band: Band = { group: "adam", facet: null, low: Float64Array.of(-0.1, 0.8, NaN), high: Float64Array.of(0.4, 1.2, NaN), bounds: [0, 1], n: [2, 2, 1] };

test("a band is drawn up to where its metric has values, and keeps its numbers", () => {
  expect(isCut(band)).toBe(true);
  expect(Array.from(edgesOf(band).low)).toEqual([0, 0.8, NaN]);
  expect(Array.from(edgesOf(band).high)).toEqual([0.4, 1, NaN]);
  expect(band.high[1]).toBe(1.2);
  expect(edgesOf(band)).toBe(edgesOf(band));
});

test("where no bounds are known, or it stays within them, a band is drawn as it is", () => {
  for (const other of [{ ...band, bounds: null }, { ...band, bounds: [-1, 2] as const }]) expect([isCut(other), edgesOf(other)]).toEqual([false, other]);
});
