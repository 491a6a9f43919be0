import { expect, test } from "vitest";
import { trialOf } from "../../api/fixtures";
import type { Trial } from "../../api/types";
import { allColumnsOf, columnsOf } from "../../format/columns";
import { orderInWords, readSorting, sortTrials, toggled, writeSorting } from "./sorting";
import { parameterColumns, trialColumns } from "./tableColumns";

function trial(number: number, value: number | null, lr: number | undefined, state: Trial["state"] = "COMPLETED"): Trial {
  return trialOf(number, value, { state, parameters: lr === undefined ? {} : { "optimizer.sgd.lr": lr } });
}

const trials = [trial(0, 0.5, 1e-2), trial(1, null, undefined, "FAILED"), trial(2, 0.9, 1e-4), trial(3, 0.99, 1e-3, "PRUNED")];
const study = { objective: { metric: "val_accuracy", direction: "maximize", reduce: "best", target: null }, objectives: [], metrics: [] } as const;
const columns = [...trialColumns(study, new Map()), ...parameterColumns(allColumnsOf(trials), columnsOf(trials))];
const order = (key: string, descending: boolean) => sortTrials(trials, { key, descending }, columns).map(({ number }) => number);

test("by value, finished trials come first, and unknown values last, in both directions", () => {
  expect(order("value", true)).toEqual([2, 0, 3, 1]);
  expect(order("value", false)).toEqual([0, 2, 3, 1]);
});

test("running trials stand by what they have reached, between completed and pruned ones", () => {
  const some = [trial(0, null, 1, "RUNNING"), trial(1, 0.99, 1, "PRUNED"), trial(2, 0.5, 1), trial(3, null, 1, "RUNNING"), trial(4, null, 1, "RUNNING")];
  const so = new Map([[0, 0.2], [3, 0.8]]);
  const value = { key: "value", descending: true };
  expect(sortTrials(some, value, trialColumns(study, so)).map(({ number }) => number)).toEqual([2, 3, 0, 4, 1]);
  expect(orderInWords(some, value)).toBe("completed first, then running, then pruned, whatever value was reached");
  expect(orderInWords(some, { key: "number", descending: false })).toBe("");
  expect(orderInWords([trial(0, 0.5, 1), trial(1, null, 1, "CANCELLED")], value)).toBe("");
});

test("parameters sort as numbers, and missing ones come last", () => {
  expect(order("optimizer.lr", false)).toEqual([2, 3, 0, 1]);
  expect(order("optimizer.lr", true)).toEqual([0, 3, 2, 1]);
});

test("a heading clicked again turns the order round", () => {
  expect(toggled({ key: "number", descending: false }, { key: "value", descending: true })).toEqual({ key: "value", descending: true });
  expect(toggled({ key: "value", descending: true }, { key: "value", descending: true })).toEqual({ key: "value", descending: false });
});

test("the address says an order, and nothing where the best come first", () => {
  for (const sorting of [{ key: "value", descending: false }, { key: "optimizer.lr", descending: true }, { key: "number", descending: false }]) {
    expect(readSorting(writeSorting(sorting, true), true)).toEqual(sorting);
  }
  expect(writeSorting({ key: "value", descending: true }, true)).toBeNull();
  expect(writeSorting({ key: "value", descending: false }, false)).toBeNull();
});
