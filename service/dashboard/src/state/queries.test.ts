import { expect, test } from "vitest";
import { comparisonKey, rankingKey } from "./queries";

test("the ranking is asked for again when a trial completes and when the study ends, as a confirmation tells only then", () => {
  const running = { name: "digits-confirm-1", state: "RUNNING", counts: { COMPLETED: 2 } } as const;
  const keys = [running, { ...running, counts: { COMPLETED: 3 } }, { ...running, state: "COMPLETED" } as const].map((study) => JSON.stringify(rankingKey(study)));
  expect(new Set(keys).size).toBe(3);
});

test("levels are compared again when a trial completes and when the study ends", () => {
  const running = { name: "digits-confirm-1", state: "RUNNING", counts: { COMPLETED: 2 } } as const;
  const keys = [running, { ...running, counts: { COMPLETED: 3 } }, { ...running, state: "COMPLETED" } as const].map((study) => JSON.stringify(comparisonKey([study], "optimizer")));
  expect(new Set(keys).size).toBe(3);
});
