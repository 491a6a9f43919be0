import { expect, test } from "vitest";
import type { Trial } from "../../api/types";
import { columnsOf } from "./columns";
import { sortTrials, toggled } from "./sorting";

function trial(number: number, value: number | null, lr: number | undefined, state: Trial["state"] = "COMPLETED"): Trial {
  return {
    number, value, state, study: "st", reason: "", metrics: {}, parameters: lr === undefined ? {} : { "optimizer.sgd.lr": lr }, distributions: null,
    excluded: false, mlflow_error: null, best: false, run_ids: [], created_at: "2026-01-01T00:00:00Z", started_at: null, ended_at: null, links: { self: "", mlflow: null },
  };
}

const trials = [trial(0, 0.5, 1e-2), trial(1, null, undefined, "FAILED"), trial(2, 0.9, 1e-4), trial(3, 0.99, 1e-3, "PRUNED")];
const order = (key: string, descending: boolean) => sortTrials(trials, { key, descending }, columnsOf(trials)).map(({ number }) => number);

test("by value, finished trials come first, and unknown values last, in both directions", () => {
  expect(order("value", true)).toEqual([2, 0, 3, 1]);
  expect(order("value", false)).toEqual([0, 2, 3, 1]);
});

test("parameters sort as numbers, and missing ones come last", () => {
  expect(order("optimizer.lr", false)).toEqual([2, 3, 0, 1]);
  expect(order("optimizer.lr", true)).toEqual([0, 3, 2, 1]);
});

test("a heading clicked again turns the order round", () => {
  expect(toggled({ key: "number", descending: false }, "value", true)).toEqual({ key: "value", descending: true });
  expect(toggled({ key: "value", descending: true }, "value", true)).toEqual({ key: "value", descending: false });
});
