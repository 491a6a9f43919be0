import { expect, test } from "vitest";
import type { Study } from "../api/types";
import { formatUnderWay, sharesOf } from "./progress";

const PROGRESS = { runs_done: 12, runs_total: 30, eta_seconds: 6 } as Study["progress"];

test.each([
  ["RUNNING", PROGRESS, "12 of 30 runs, about 6 s left"],
  ["RUNNING", { ...PROGRESS, eta_seconds: null }, "12 of 30 runs"],
  ["PAUSED", PROGRESS, "paused, 12 of 30 runs"],
  ["QUEUED", { ...PROGRESS, runs_done: 0 }, "queued"],
] as const)("a %s confirmation says how far it is", (state, progress, said) => {
  expect(formatUnderWay({ state, progress })).toBe(said);
});

test("a bar of trials of several runs is as full as runs have ended, and one of single runs shows what trains", () => {
  const shares = (progress: Partial<Study["progress"]>, counts: Partial<Study["counts"]>) => sharesOf({ counts: counts as Study["counts"], progress: { ...PROGRESS, ...progress } });
  expect(shares({ runs_done: 16, runs_total: 40, runs_per_trial: 10, total: 4 }, { COMPLETED: 1, RUNNING: 2 })).toMatchObject({ COMPLETED: 0.25, RUNNING: 0.15 });
  expect(shares({ runs_done: 5, runs_total: 10, runs_per_trial: 2, total: 5 }, { COMPLETED: 1, PRUNED: 1, RUNNING: 1 })).toMatchObject({ COMPLETED: 0.2, PRUNED: 0.2, RUNNING: 0.1 });
  expect(shares({ runs_per_trial: 1, total: 4 }, { COMPLETED: 1, RUNNING: 1 })).toMatchObject({ COMPLETED: 0.25, RUNNING: 0.25 });
});
