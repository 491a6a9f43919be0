import { expect, test } from "vitest";
import { trialOf } from "../../api/fixtures";
import { columnsOf } from "../../format/columns";
import { reportedBy } from "./reported";

const trials = ["sgd", "adam", "adam", "sgd"].map((optimizer, number) =>
  trialOf(number, 0.1, { parameters: { optimizer, [`optimizer.${optimizer}.lr`]: 0.1 * number, "training.batch_size": 32 * (1 + (number % 2)), decay: 0.1 * number } }),
);
const columns = columnsOf(trials);

test("a report is grouped as the curves are, where trials share the levels of one parameter", () => {
  expect(reportedBy("optimizer", trials, columns)).toBe("optimizer");
  expect(reportedBy("training.batch_size", trials, columns)).toBe("training.batch_size");
  expect(["optimizer.lr", "decay", "gone", "run", null].map((group) => reportedBy(group, trials, columns))).toEqual([null, null, null, null, null]);
});

test("levels are those of the trials that have ended and are not excluded", () => {
  const going = trials.map((trial, place) => ({ ...trial, ...(place === 0 ? { state: "RUNNING" as const } : place === 3 ? { excluded: true } : {}) }));
  expect(reportedBy("optimizer", going, columns)).toBeNull();
});
