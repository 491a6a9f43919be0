import { expect, test } from "vitest";
import type { Study } from "../api/types";
import { formatUnderWay } from "./progress";

const PROGRESS = { runs_done: 12, runs_total: 30, eta_seconds: 6 } as Study["progress"];

test.each([
  ["RUNNING", PROGRESS, "12 of 30 runs, about 6 s left"],
  ["RUNNING", { ...PROGRESS, eta_seconds: null }, "12 of 30 runs"],
  ["PAUSED", PROGRESS, "paused, 12 of 30 runs"],
  ["QUEUED", { ...PROGRESS, runs_done: 0 }, "queued"],
] as const)("a %s confirmation says how far it is", (state, progress, said) => {
  expect(formatUnderWay({ state, progress })).toBe(said);
});
