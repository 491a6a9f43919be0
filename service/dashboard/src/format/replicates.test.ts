import { expect, test } from "vitest";
import type { Replication, TestResult } from "../api/types";
import { describeRuns, formatConfirmed, formatLook, formatMarks, formatShare, formatSpread, formatTested } from "./replicates";

const chance = { word: "collapsed", kind: "at_chance", reason: "at chance: 0.1" } as const;
const runs: Replication["runs"] = [0.1, 0.89, null].map((value, index) => ({
  run: `ru_${index}`, seed: index, fold: null, state: value === null ? "FAILED" : "COMPLETED", value, mark: index === 0 ? chance : null,
}));
const found: Replication = { aggregate: "mean", n: 2, n_runs: 3, std: 0.55861, n_collapsed: 1, runs };

test("a value stands with its spread, and of how many runs it is", () => {
  expect(formatSpread(0.258, 0.353275)).toBe("0.258\u00a0±\u00a00.353");
  expect(formatSpread(0.5, null)).toBe("0.5");
  expect(formatSpread(null, null)).toBe("–");
  expect(formatConfirmed({ value: 0.96193, std: 0.005581, n: 6, over: "seeds" })).toBe("confirmed: 0.9619\u00a0±\u00a00.00558 (6 seeds)");
  expect(formatShare({ n: 5, n_runs: 5 })).toBe("(5)");
  expect(formatShare(found)).toBe("(2 of 3)");
});

test("what is strange about runs is counted, and told of each", () => {
  expect(formatMarks(found)).toBe("1 collapsed");
  expect(formatMarks({ ...found, n_collapsed: 0, runs: runs.map((run) => ({ ...run, mark: { ...chance, word: "outlier" } })) })).toBe("3 outliers");
  expect(describeRuns(found).split("\n")).toEqual([
    "mean of 2 of 3 runs; ± is their sample standard deviation", "seed 0: 0.1, collapsed, at chance: 0.1", "seed 1: 0.89", "seed 2: failed",
  ]);
});

const own = { run: "ru", seed: 7, fold: null, metrics: {}, reason: "", data_hash: "" };
const tested: TestResult = { trial: 0, n: 1, metrics: {}, std: {}, reason: "", look: null, runs: [own] };

test("a test result says which run or how many it is of", () => {
  const of = (n: number, all: TestResult["runs"]) => formatTested({ ...tested, n, runs: all });
  expect(of(1, [own])).toBe("seed 7");
  expect(of(1, [{ ...own, fold: 2 }])).toBe("seed 7, fold 2");
  expect(of(2, [own, own])).toBe("mean of 2 runs");
  expect(of(1, [own, own])).toBe("mean of 1 of 2 runs");
});

test("looks are told from the second on, and where earlier ones are not known", () => {
  expect([1, 2, null].map((look) => formatLook({ ...tested, look }))).toEqual(["", "look 2", "whether it was looked at before is not known"]);
  expect(formatLook({ ...tested, n: 0 })).toBe("");
});
