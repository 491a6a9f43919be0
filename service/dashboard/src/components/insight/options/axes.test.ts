import { expect, test } from "vitest";
import type { Parallel } from "../../../api/types";
import { axisName, mergeAxes } from "./axes";

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

test("names stand on two lines", () => {
  expect([axisName("optimizer"), axisName("regularizers.dropout.p")]).toEqual(["optimizer", "regularizers.dropout\np"]);
});
