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

/** So many trials, each with values of its own. */
const varied = (n: number, ...names: readonly string[]) => Array.from({ length: n }, (_, place) => ({ parameters: Object.fromEntries(names.map((name) => [name, place])) }));

test("the first pair is the one whose effects depend on each other, else the two that decide most", () => {
  expect(pairOf([{ parameters: ["a", "b"] }], ["c", "d"], varied(2, "a", "b", "c", "d"))).toEqual(["a", "b"]);
  expect(pairOf([], ["c", "d", "e"], varied(2, "c", "d", "e"))).toEqual(["c", "d"]);
  expect(pairOf([], ["c"], [])).toBeNull();
  expect(pairOf([], ["c", "d", "e"], [...varied(6, "c", "e"), ...varied(1, "c", "d"), ...varied(1, "d")])).toEqual(["c", "e"]);
  expect(pairOf([], ["adam.lr", "adam", "size"], varied(2, "adam.lr", "adam", "size"))).toEqual(["adam.lr", "size"]);
  expect(pairOf([], ["adam.lr", "adam"], varied(2, "adam.lr", "adam"))).toEqual(["adam.lr", "adam"]);
});

test("a pair of which one has a single value is passed over, as what it does is not seen", () => {
  const trials = varied(8, "a.x", "b", "c").map(({ parameters }) => ({ parameters: { ...parameters, a: "only" } }));
  expect(pairOf([{ parameters: ["a", "b"] }, { parameters: ["b", "c"] }], ["a", "b", "c"], trials)).toEqual(["b", "c"]);
  expect(pairOf([], ["a", "b", "c"], trials)).toEqual(["b", "c"]);
});

test("where no two vary together there is no first pair", () => {
  const trials = varied(8, "adam.lr").map(({ parameters }, place) => ({ parameters: place % 2 ? { ...parameters, optimizer: "adam" } : { optimizer: "sgd" } }));
  expect(pairOf([{ parameters: ["adam.lr", "optimizer"] }], ["adam.lr", "optimizer"], trials)).toBeNull();
  expect(pairOf([], ["c", "d"], [])).toBeNull();
});

test("of many parameters no pair is counted behind the one that is found", () => {
  let n_read = 0;
  const read = () => n_read++;
  const names = Array.from({ length: 40 }, (_, place) => `p${place}`);
  const trials = Array.from({ length: 10 }, () => ({ parameters: new Proxy<Record<string, number>>({}, { get: read }) }));
  expect(pairOf([], names, trials)).toEqual(["p0", "p1"]);
  expect(n_read).toBeLessThan(10 * (40 + 5));
});
