import { expect, test } from "vitest";
import { comparisonKey, isJudgedAlike, rankingKey } from "./queries";

const NONE = { ended: [], open: [] };

test("the ranking is asked for again when a trial completes and when the study ends, as a confirmation tells only then", () => {
  const running = { name: "digits-confirm-1", state: "RUNNING", counts: { COMPLETED: 2 } } as const;
  const keys = [running, { ...running, counts: { COMPLETED: 3 } }, { ...running, state: "COMPLETED" } as const].map((study) => JSON.stringify(rankingKey(study, NONE)));
  expect(new Set(keys).size).toBe(3);
});

test("levels are compared again when a trial completes and when the study ends", () => {
  const running = { name: "digits-confirm-1", state: "RUNNING", counts: { COMPLETED: 2 } } as const;
  const keys = [running, { ...running, counts: { COMPLETED: 3 } }, { ...running, state: "COMPLETED" } as const].map((study) => JSON.stringify(comparisonKey([study], "optimizer", null, NONE)));
  expect(new Set(keys).size).toBe(3);
});

test("both are asked for again when a confirmation begins and when it ends, and what was said before its end stands no more", () => {
  const study = { name: "digits", state: "COMPLETED", counts: { COMPLETED: 12 } } as const;
  const [first, second] = [{ name: "digits-confirm-1" }, { name: "digits-confirm-2" }];
  const looks = [{ ended: [first], open: [] }, { ended: [first], open: [second] }, { ended: [first, second], open: [] }];
  const keys = [looks.map((each) => rankingKey(study, each)), looks.map((each) => comparisonKey([study], "optimizer", null, each))] as const;
  for (const [before, during, after] of keys) {
    expect(new Set([before, during, after].map((key) => JSON.stringify(key))).size).toBe(3);
    expect([isJudgedAlike(during ?? [], before), isJudgedAlike(after ?? [], during)]).toEqual([true, false]);
  }
});

test("levels are compared again with another one, and what was said of the last stands meanwhile", () => {
  const study = { name: "digits", state: "COMPLETED", counts: { COMPLETED: 12 } } as const;
  const [first, second, other] = [comparisonKey([study], "optimizer", null, NONE), comparisonKey([study], "optimizer", "sgd", NONE), comparisonKey([study], "initializer", "sgd", NONE)];
  expect(JSON.stringify(second)).not.toBe(JSON.stringify(first));
  expect([isJudgedAlike(second, first), isJudgedAlike(other, second)]).toEqual([true, false]);
});
