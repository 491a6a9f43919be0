import { expect, test } from "vitest";
import { DARK, LIGHT, categoryPaint, channels, colorAt, rankShares } from "./colors";

type Channels = readonly number[];

/** How the colors look to a reader without one kind of cones (Machado, Oliveira and Fernandes, 2009), of linear light. */
const SEEN: Readonly<Record<string, readonly Channels[]>> = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};

function linear(hex: string): number[] {
  return channels(hex).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
}

function times(rows: readonly Channels[], vector: Channels): number[] {
  return rows.map((row) => row.reduce((sum, value, index) => sum + value * (vector[index] as number), 0));
}

/** Björn Ottosson's Oklab, in which equal distances look equal. */
function oklab(light: Channels): number[] {
  const cones = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], light);
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], cones.map(Math.cbrt));
}

function distance(a: string, b: string, seen: readonly Channels[]): number {
  const [p, q] = [a, b].map((hex) => oklab(times(seen, linear(hex)))) as [number[], number[]];
  return Math.hypot(...p.map((value, index) => value - (q[index] as number)));
}

function contrast(a: string, b: string): number {
  const [high, low] = [a, b].map((hex) => times([[0.2126, 0.7152, 0.0722]], linear(hex))[0] as number).sort((p, q) => q - p) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test.each(["all", "protan", "deutan"])("the colors of eight groups are told apart by %s", (kind) => {
  for (const { categories } of [LIGHT, DARK]) {
    for (const [place, color] of categories.entries()) {
      for (const other of categories.slice(0, place)) expect(distance(color, other, SEEN[kind] ?? []), `${color} and ${other}`).toBeGreaterThan(0.07);
    }
  }
});

test("the colors of groups and numbers stand out from the page", () => {
  for (const { categories, sequence, halo } of [LIGHT, DARK]) {
    for (const color of [...categories, ...sequence]) expect(contrast(color, halo), color).toBeGreaterThan(2.7);
  }
});

test("a group's paint depends on its place alone, and dashes tell those apart that share a color", () => {
  const paints = Array.from({ length: 24 }, (_, place) => categoryPaint(place, LIGHT));
  expect(new Set(paints.map((paint) => JSON.stringify(paint))).size).toBe(24);
  expect(paints[8]?.color).toBe(paints[0]?.color);
  expect(paints[0]?.dash).toEqual([]);
});

test("colors between stops", () => {
  expect(colorAt(["#000000", "#646464", "#c8c8c8"], 0.25)).toBe("rgb(50, 50, 50)");
  expect([-1, 0, 1, 2].map((share) => colorAt(["#000000", "#ffffff"], share))).toEqual(["rgb(0, 0, 0)", "rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(255, 255, 255)"]);
});

test("ranks follow the direction", () => {
  const values = new Map([["0", 0.5], ["1", 1e9], ["2", 0.1]]);
  expect(rankShares(values, true)).toEqual(new Map([["2", 0], ["0", 0.5], ["1", 1]]));
  expect(rankShares(values, false)).toEqual(new Map([["1", 0], ["0", 0.5], ["2", 1]]));
});
