import { expect, test } from "vitest";
import { stepped } from "./moving";
import { LINEAR, LOG } from "./scales";

test("a step moves by a share of what is shown, and stops at the ends of the axis", () => {
  expect(stepped([20, 40], [0, 100], LINEAR, { pan: 0.5 })).toEqual([30, 50]);
  expect(stepped([20, 40], [0, 100], LINEAR, { pan: -5 })).toEqual([0, 20]);
  expect(stepped([70, 90], [0, 100], LINEAR, { pan: 5 })).toEqual([80, 100]);
});

test("zooming goes to and from the middle, and out of it to all", () => {
  expect(stepped([20, 40], [0, 100], LINEAR, { zoom: 0.5 })).toEqual([25, 35]);
  expect(stepped([20, 40], [0, 100], LINEAR, { zoom: 2 })).toEqual([10, 50]);
  expect(stepped([0, 60], [0, 100], LINEAR, { zoom: 2 })).toBeNull();
  expect(stepped([0, 100], [0, 100], LINEAR, { pan: 0.1 })).toBeNull();
});

test("what the pointer is at stays there, unless the axis ends before", () => {
  expect(stepped([20, 40], [0, 100], LINEAR, { zoom: 0.5, at: 0.2 })).toEqual([22, 32]);
  expect(stepped([20, 40], [0, 100], LINEAR, { zoom: 2, at: 1 })).toEqual([0, 40]);
  expect(stepped([0, 20], [0, 100], LINEAR, { zoom: 2, at: 1 })).toEqual([0, 40]);
});

test("on a logarithmic axis equal steps are equal factors", () => {
  const [low, high] = stepped([10, 100], [1, 10_000], LOG, { pan: 1 }) ?? [0, 0];
  expect([low, high].map((value) => Number(value.toPrecision(6)))).toEqual([100, 1000]);
});
