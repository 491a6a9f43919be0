import { expect, test } from "vitest";
import { categorical, cell, columnKey, columnsOf } from "./columns";

const trials = [
  { parameters: { optimizer: "adamw", "optimizer.adamw.lr": 0.01, schedule: "constant", "training.batch_size": 32, "regularizers.dropout": true } },
  { parameters: { optimizer: "sgd", "optimizer.sgd.lr": 0.1, schedule: "constant", "training.batch_size": 64, "regularizers.dropout": false } },
];

test("fields of different components share a column", () => {
  expect(columnKey("optimizer.adamw.lr")).toBe("optimizer.lr");
  expect(columnKey("training.batch_size")).toBe("training.batch_size");
  expect(columnKey("regularizers.label_smoothing.epsilon")).toBe("regularizers.label_smoothing.epsilon");
  const rate = columnsOf(trials).find(({ key }) => key === "optimizer.lr");
  expect(rate && trials.map(({ parameters }) => cell(parameters, rate))).toEqual([0.01, 0.1]);
});

test("what does not vary is left out, and a choice stands before its fields", () => {
  expect(columnsOf(trials).map(({ key }) => key)).toEqual(["optimizer", "optimizer.lr", "regularizers.dropout", "training.batch_size"]);
});

test("one trial shows everything", () => {
  expect(columnsOf(trials.slice(0, 1)).map(({ key }) => key)).toContain("schedule");
});

test("a parameter that only some trials have varies", () => {
  const some = [{ parameters: { "model.depth": 2 } }, { parameters: {} }];
  expect(columnsOf(some)).toHaveLength(1);
});

test("curves are colored by choices, not by numbers", () => {
  expect(categorical(trials, columnsOf(trials)).map(({ key }) => key)).toEqual(["optimizer", "regularizers.dropout"]);
});
