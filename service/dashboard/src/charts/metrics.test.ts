import { expect, test } from "vitest";
import { defaultGroup, groupMetrics } from "./metrics";

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
