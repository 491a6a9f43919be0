import { expect, test } from "vitest";
import type { Curves, Trial } from "../../api/types";
import { noChanges, note } from "./changes";
import { mergeCurves, mergeTrials, withBest } from "./merging";

const trial = (number: number, best = false, state = "COMPLETED") => ({ number, best, state }) as Trial;
const curves = (...runs: [run: string, y: number][]) => ({ metric: "loss", n_runs: runs.length, series: runs.map(([run_id, y]) => ({ run_id, y: [y] })) }) as unknown as Curves;

test("changed trials replace what was there, and new ones take their place by number", () => {
  const all = [trial(0), trial(2), trial(5)];
  const merged = mergeTrials(all, [trial(2, false, "FAILED"), trial(6), trial(1)]);
  expect(merged.map(({ number, state }) => `${number} ${state}`)).toEqual(["0 COMPLETED", "1 COMPLETED", "2 FAILED", "5 COMPLETED", "6 COMPLETED"]);
  expect(all.map(({ number }) => number)).toEqual([0, 2, 5]);
});

test("exactly the best trial is marked, and a list that is right stays the same", () => {
  expect(withBest([trial(0, true), trial(1)], 1).map(({ best }) => best)).toEqual([false, true]);
  const right = [trial(0), trial(1, true)];
  expect(withBest(right, 1)).toBe(right);
});

test("changed curves replace those of their runs", () => {
  const merged = mergeCurves(curves(["a", 1], ["b", 2]), curves(["b", 3], ["c", 4]));
  expect(merged.series.map(({ run_id, y }) => [run_id, y[0]])).toEqual([["a", 1], ["b", 3], ["c", 4]]);
  expect(merged.n_runs).toBe(3);
});

test("points change curves alone, until one has a metric that the study is not known to have", () => {
  const [changes, known] = [noChanges(), new Set(["loss"])];
  const event = { study: "digits", number: 1, kind: "metrics", payload: { run: "r", trial: 4, values: { loss: 1 } } };
  note(changes, event, known);
  expect(changes).toEqual({ ...noChanges(), runs: new Set(["r"]) });
  note(changes, { ...event, payload: { ...event.payload, values: { loss: 1, accuracy: null } } }, known);
  expect(changes.study).toBe(true);
});

test("ends change their trial, and what is missing changes everything", () => {
  const changes = noChanges();
  note(changes, { study: "digits", number: 1, kind: "trial", payload: { trial: 4 } }, new Set());
  expect(changes).toEqual({ ...noChanges(), study: true, trials: new Set([4]) });
  note(changes, { study: "digits", number: 9, kind: "reset", payload: {} }, new Set());
  expect([changes.all, changes.counting]).toEqual([true, true]);
});
