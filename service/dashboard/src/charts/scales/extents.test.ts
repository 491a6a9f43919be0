import { expect, test } from "vitest";
import { lineOf } from "../../curves/fixtures";
import { EVERYWHERE } from "../../curves/points/ranges";
import { fullX, rangeX, rangeY, scaleYOf } from "./extents";
import { LINEAR, LOG, mapping } from "./scales";

const UNZOOMED = { x: null, y: null };
const seen = { logX: false, scale: "near", upward: true, clip: true } as const;
const scene = { frame: [lineOf(0, [0.5, 0.9, 0.98]), lineOf(1, [0.55, 0.93, 0.99])], focus: { maximize: true, chosen: new Set<string>() } };

/** The share of the height that a stretch of values takes. */
function shareOf(from: number, to: number, upward: boolean, frame = scene.frame): number {
  const view = { ...seen, upward };
  const at = mapping(scaleYOf({ ...scene, frame }, view), rangeY({ ...scene, frame }, view, UNZOOMED), 0, 1);
  return Math.abs(at(to) - at(from));
}

test("what lies near the best has room, wherever the best lies", () => {
  expect(shareOf(0.98, 0.99, true)).toBeGreaterThan(0.2);
  expect(shareOf(0.5, 0.9, true)).toBeLessThan(0.35);
  const losses = [lineOf(0, [0.5, 0.1, 0.02]), lineOf(1, [0.45, 0.07, 0.01])];
  expect(shareOf(0.01, 0.02, false, losses)).toBeGreaterThan(0.2);
});

test("all points are in view, with little room beyond the best", () => {
  const [low, high] = rangeY(scene, seen, UNZOOMED);
  expect(low).toBeLessThan(0.5);
  expect(high).toBeGreaterThan(0.99);
  expect(shareOf(0.99, high, true)).toBeLessThan(0.1);
  expect(rangeY({ ...scene, frame: [] }, seen, UNZOOMED)).toEqual(rangeY({ ...scene, frame: [] }, { ...seen, scale: "linear" }, UNZOOMED));
});

test("a zoom shows another part of the same scale", () => {
  expect(rangeY(scene, seen, { x: null, y: [0.9, 0.95] })).toEqual([0.9, 0.95]);
  expect(rangeX([1, 3], { x: [1, 2], y: null }, 300, seen)).toEqual([1, 2]);
  expect(fullX({ ...scene, frame: [] }, seen)).toEqual([0, 1]);
  expect([scaleYOf(scene, { ...seen, scale: "linear" }), scaleYOf(scene, { ...seen, scale: "log" })]).toEqual([LINEAR, LOG]);
  expect(rangeY(scene, { ...seen, scale: "linear" }, UNZOOMED, EVERYWHERE)[1]).toBeCloseTo(0.99 + 0.04 * 0.49);
});

