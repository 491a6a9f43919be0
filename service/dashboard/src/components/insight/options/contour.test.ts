import { expect, test } from "vitest";
import { edgesOf, pairOf } from "./contour";

const stretch = (low: number, high: number) => ({ choice: null, low, high });

test("cells leave no gap between the numbers that were drawn", () => {
  const axis = { parameter: "p", categorical: false, log: false, levels: [stretch(0, 1), stretch(3, 4), stretch(5, 9)] };
  expect(edgesOf(axis)).toEqual([[0, 2], [2, 4.5], [4.5, 9]]);
});

test("on a logarithmic axis the middle is the geometric one", () => {
  const axis = { parameter: "lr", categorical: false, log: true, levels: [stretch(0.001, 0.01), stretch(1, 10)] };
  expect(edgesOf(axis).flat().map((edge) => Number(edge.toPrecision(9)))).toEqual([0.001, 0.1, 0.1, 10]);
});

test("a level that is a single number has an extent, and a choice stands at its place", () => {
  expect(edgesOf({ parameter: "n", categorical: false, log: false, levels: [stretch(1, 1), stretch(2, 2), stretch(4, 4)] })).toEqual([[0.5, 1.5], [1.5, 3], [3, 5]]);
  expect(edgesOf({ parameter: "n", categorical: false, log: false, levels: [stretch(3, 3)] })).toEqual([[2.5, 3.5]]);
  const choices = [{ choice: "a", low: null, high: null }, { choice: "b", low: null, high: null }];
  expect(edgesOf({ parameter: "c", categorical: true, log: false, levels: choices })).toEqual([[0, 0], [1, 1]]);
});

test("the first pair is the one whose effects depend on each other, else the two that decide most", () => {
  expect(pairOf([{ parameters: ["a", "b"] }], ["c", "d"], [])).toEqual(["a", "b"]);
  expect(pairOf([], ["c", "d", "e"], [])).toEqual(["c", "d"]);
  expect(pairOf([], ["c"], [])).toBeNull();
  const trials = [...Array.from({ length: 6 }, () => ({ parameters: { c: 1, e: 1 } })), { parameters: { c: 1, d: 1 } }, { parameters: { d: 1 } }];
  expect(pairOf([], ["c", "d", "e"], trials)).toEqual(["c", "e"]);
  const parts = [{ parameters: { "adam.lr": 1, adam: 1, size: 1 } }];
  expect(pairOf([], ["adam.lr", "adam", "size"], parts)).toEqual(["adam.lr", "size"]);
  expect(pairOf([], ["adam.lr", "adam"], parts)).toEqual(["adam.lr", "adam"]);
});

test("of many parameters no pair is counted behind the one that is found", () => {
  let n_read = 0;
  const read = () => n_read++;
  const names = Array.from({ length: 40 }, (_, place) => `p${place}`);
  const trials = Array.from({ length: 10 }, () => ({ parameters: new Proxy<Record<string, number>>({}, { get: read }) }));
  expect(pairOf([], names, trials)).toEqual(["p0", "p1"]);
  expect(n_read).toBe(10 * (40 + 2));
});
