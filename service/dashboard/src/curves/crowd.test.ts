import { expect, test } from "vitest";
import { trialOf } from "../api/fixtures";
import type { Trial } from "../api/types";
import { chosenRuns } from "./crowd";
import type { Member } from "./groups/groups";

function trial(number: number, value: number | null, state: Trial["state"], best = false): Member {
  return { key: String(number), study: "st", trial: trialOf(number, value, { state, best }) };
}

const trials = [
  trial(0, 0.2, "COMPLETED"), trial(1, 0.9, "COMPLETED", true), trial(2, 0.1, "PRUNED"), trial(3, 0.3, "COMPLETED"),
  trial(4, null, "RUNNING"), trial(5, 0.95, "PRUNED"), trial(6, null, "WAITING"),
];

test("all are drawn while they fit; waiting ones have no curve", () => {
  expect(chosenRuns(trials, true, new Set(), 6)).toBeNull();
});

test("the best, the running and the better ones are kept", () => {
  expect(chosenRuns(trials, true, new Set(), 3)).toEqual(["run_1", "run_4", "run_3"]);
  expect(chosenRuns(trials, false, new Set(), 3)).toEqual(["run_1", "run_4", "run_0"]);
  expect(chosenRuns(trials, true, new Set(), 5)).toEqual(["run_1", "run_4", "run_3", "run_0", "run_5"]);
});

test("the selected trial is always drawn", () => {
  expect(chosenRuns(trials, true, new Set(["2"]), 2)?.sort()).toEqual(["run_1", "run_2"]);
});
