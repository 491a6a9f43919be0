import { expect, test } from "vitest";
import { defaultGroup, groupMetrics, loadedParts } from "./metrics";

const groups = groupMetrics(["grad_norm", "lr", "test_loss", "train_loss", "val_accuracy", "train_accuracy", "val_loss", "val_rmse"]);

test("train and validation halves make one metric, and those with halves come first", () => {
  expect(groups.map(({ name }) => name)).toEqual(["accuracy", "loss", "rmse", "grad_norm", "lr"]);
  expect(groups[1]).toEqual({ name: "loss", train: "train_loss", validation: "val_loss", only: null });
  expect(groups[4]).toEqual({ name: "lr", train: null, validation: null, only: "lr" });
});

test("the objective's metric is shown first", () => {
  expect(defaultGroup(groups, "val_loss")?.name).toBe("loss");
  expect(defaultGroup(groups, "unheard_of")?.name).toBe("accuracy");
  expect(defaultGroup([], "val_loss")).toBeUndefined();
});

test("a metric that is logged whole and in halves is two, and no curve is taken for another", () => {
  const both = groupMetrics(["loss", "train_loss", "val_loss", "accuracy", "train_accuracy"]);
  expect(both).toEqual([
    { name: "loss", train: "train_loss", validation: "val_loss", only: null },
    { name: "accuracy", train: "train_accuracy", validation: null, only: null },
    { name: "accuracy (not split)", train: null, validation: null, only: "accuracy" },
    { name: "loss (not split)", train: null, validation: null, only: "loss" },
  ]);
  expect(defaultGroup(both, "accuracy")?.only).toBe("accuracy");
});

test("what is drawn is what was asked for, whatever is still being fetched", () => {
  const loss = { name: "loss", train: "train_loss", validation: "val_loss", only: null };
  const rate = { name: "lr", train: null, validation: null, only: "lr" };
  const of = (metric: string) => ({ metric });
  expect(loadedParts(loss, of("val_loss"), of("train_loss")).map(({ part }) => part)).toEqual(["train", "validation"]);
  expect(loadedParts(rate, of("lr"), of("train_loss"))).toEqual([{ part: "only", data: of("lr") }]);
  expect(loadedParts(rate, of("val_loss"), of("train_loss"))).toEqual([]);
  expect(loadedParts(loss, undefined, of("train_loss"))).toEqual([]);
  expect(loadedParts({ ...loss, validation: null }, of("train_loss"), undefined)).toEqual([{ part: "train", data: of("train_loss") }]);
});
