import { expect, test } from "vitest";
import { columnsOf } from "../../format/columns";
import { choicesOf } from "./choices";

const trials = [
  { parameters: { "initializer.he.mode": "fan_in", optimizer: "adam", "optimizer.adam.lr": 0.1, schedule: "cosine" } },
  { parameters: { "initializer.he.mode": "fan_out", optimizer: "sgd", "optimizer.sgd.lr": 0.2, schedule: "cosine" } },
];

test("choices are what takes several names, components first", () => {
  expect(choicesOf(trials, columnsOf(trials)).map(({ names }) => names[0])).toEqual(["optimizer", "initializer.he.mode"]);
  expect(choicesOf(trials.slice(0, 1), columnsOf(trials))).toEqual([]);
});
