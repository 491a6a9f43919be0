import { expect, test } from "vitest";
import { rungsOf } from "./rungs";

const asha = { name: "asha", min_epochs: 2, reduction_factor: 3, interval: null };

test("rungs lie a factor apart on the axis that the pruner counts by", () => {
  expect(rungsOf({ pruner: asha }, "epoch", [1, 60])).toEqual([2, 6, 18, 54]);
  expect(rungsOf({ pruner: { name: "patient", pruner: asha } }, "epoch", [5, 20])).toEqual([6, 18]);
  expect(rungsOf({ pruner: { name: "hyperband", min_epochs: 1, reduction_factor: 3, max_epochs: null } }, "epoch", [1, 10])).toEqual([1, 3, 9]);
  expect(rungsOf({ pruner: asha }, "step", [0, 1e6])).toEqual([]);
  expect(rungsOf({ pruner: { ...asha, interval: { steps: 500, first: null } } }, "step", [0, 5000])).toEqual([500, 1500, 4500]);
  expect(rungsOf({ pruner: { ...asha, interval: { steps: 500, first: 100 } } }, "step", [0, 1000])).toEqual([100, 300, 900]);
});

test("other pruners judge everywhere, and have none", () => {
  for (const pruner of [undefined, { name: "none" }, { name: "median", interval: 1 }]) expect(rungsOf({ pruner }, "epoch", [0, 100])).toEqual([]);
});
