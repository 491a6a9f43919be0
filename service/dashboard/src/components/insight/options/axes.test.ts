import { expect, test } from "vitest";
import type { Parallel } from "../../../api/types";
import { axisName, leadingAxes, mergeAxes } from "./axes";

const axis = (parameter: string, low: number | null, high: number | null, log = true, choices: string[] | null = null) => ({ parameter, low, high, log, choices });

test("a field of several components is one axis, unless one of them is of another kind", () => {
  const found: Pick<Parallel, "axes" | "columns"> = {
    axes: [axis("optimizer", null, null, false, ["adam", "sgd"]), axis("optimizer.adam.lr", 1e-4, 1e-1), axis("optimizer.sgd.lr", 1e-3, 1), axis("schedule.a.final", 0, 1), axis("schedule.b.final", 0, 1, false)],
    columns: { optimizer: ["sgd", "adam", "sgd"], "optimizer.adam.lr": [null, 0.01, null], "optimizer.sgd.lr": [0.1, null, null], "schedule.a.final": [0, null, null], "schedule.b.final": [null, 0.5, null] },
  };
  const { axes, columns } = mergeAxes(found);
  expect(axes.map(({ parameter, low, high }) => [parameter, low, high])).toEqual([["optimizer", null, null], ["optimizer.lr", 1e-4, 1], ["schedule.final", 0, 1], ["schedule.b.final", 0, 1]]);
  expect(columns["optimizer.lr"]).toEqual([0.1, 0.01, null]);
  expect(columns["schedule.final"]).toEqual([0, null, null]);
});

test("the most important parameters lead, those of one axis by the greatest of them, and what is not known comes last", () => {
  const axes = ["training.batch_size", "optimizer.lr", "optimizer", "model.mlp.depth"].map((parameter) => axis(parameter, 0, 1));
  const item = (parameter: string, importance: number) => ({ parameter, importance, n_trials: 9 });
  const items = [item("optimizer", 0.3), item("optimizer.adam.lr", 0.05), item("optimizer.sgd.lr", 0.5), item("model.mlp.depth", 0.1)];
  const names = (most: number) => leadingAxes(axes, items, most).map(({ parameter }) => parameter);
  expect(names(2)).toEqual(["optimizer.lr", "optimizer"]);
  expect(names(9)).toEqual(["optimizer.lr", "optimizer", "model.mlp.depth", "training.batch_size"]);
  expect(leadingAxes(axes, [], 2)).toEqual(axes.slice(0, 2));
});

test("names stand on two lines", () => {
  expect([axisName("optimizer"), axisName("regularizers.dropout.p")]).toEqual(["optimizer", "regularizers.dropout\np"]);
});
