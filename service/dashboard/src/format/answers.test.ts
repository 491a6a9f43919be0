import { expect, test } from "vitest";
import type { Asked } from "./answers";
import { confirmationOf, formatCost, runsOf, secondsOfRun, statements } from "./answers";

test("the command's part of the sentence gives way to the button", () => {
  const sentence = "trial 3 leads with 0.99; one other is not distinguishable from it; `studyhall confirm digits --k 2` would tell over 10 seeds";
  expect(statements({ sentence })).toEqual(["trial 3 leads with 0.99", "one other is not distinguishable from it"]);
});

test("a confirmation costs its runs, folds each with every seed", () => {
  const asked: Asked = { k: 4, seeds: 10, over: "seeds" };
  const proposed = { k: 2, seeds: 10, seconds: 60, again: false };
  expect(formatCost(asked, 5, proposed)).toBe("40 runs, about 2 min");
  expect(runsOf({ ...asked, over: "folds" }, 5)).toBe(200);
  expect(formatCost(asked, 5, { ...proposed, seconds: null })).toBe("40 runs");
});

test("the trials of the confirmation before are trained again unless another number is asked for", () => {
  const proposed = { k: 3, seeds: 47, seconds: null, again: true };
  const asked: Asked = { k: 3, seeds: 47, over: "seeds" };
  expect(confirmationOf(asked, proposed).k).toBeNull();
  expect(confirmationOf({ ...asked, k: 4 }, proposed).k).toBe(4);
  expect(confirmationOf(asked, { ...proposed, again: false }).k).toBe(3);
});

test("what a run takes is known where the service expects how long its proposal takes", () => {
  expect(secondsOfRun({ k: 3, seeds: 10, seconds: 60, again: false })).toBe(2);
  expect(secondsOfRun({ k: 3, seeds: 10, seconds: null, again: false })).toBeNull();
  expect(secondsOfRun(null)).toBeNull();
});
