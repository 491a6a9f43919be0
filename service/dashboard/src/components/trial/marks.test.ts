import { expect, test } from "vitest";
import type { TrialView } from "../../api/types";
import { changesOf, firstValues, formatChange, marksOf } from "./marks";

function step(epoch: number, lr: number, from_trial = 0): TrialView["history"][number] {
  return { epoch, value: 0.5, takes_over: from_trial !== 0, from_trial, from_run: "run", checkpoint: "", values: { "optimizer.lr": lr }, reason: "" };
}

test("a member began with its sampled values, which the configuration names without the component", () => {
  expect(firstValues({ history: [step(2, 0.1)], parameters: { "optimizer.momentum.lr": 0.2, "model.width": 8 } })).toEqual({ "optimizer.lr": 0.2 });
  expect(firstValues({ history: [], parameters: { "optimizer.momentum.lr": 0.2 } })).toEqual({});
});

test("what a decision changed is told against what was in force before it", () => {
  const found = changesOf([step(2, 0.1), step(4, 0.1), step(6, 0.125, 3)], { "optimizer.lr": 0.2 });
  expect(found.map(({ changes }) => changes.map(formatChange))).toEqual([["optimizer.lr 0.2 → 0.1"], [], ["optimizer.lr 0.1 → 0.125"]]);
});

test("marks stand where something changed, and say from whom", () => {
  expect(marksOf([step(2, 0.2), step(4, 0.2, 3), step(6, 0.25)], { "optimizer.lr": 0.2 })).toEqual([{ x: 4, text: "from trial 3" }, { x: 6, text: "values changed" }]);
});
