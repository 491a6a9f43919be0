import { expect, test } from "vitest";
import type { RankingAnswer } from "../api/types";
import type { Asked } from "./answers";
import { bestsOf, confirmationOf, confirmedBest, confirmedFirst, differences, formatConfidence, formatCost, formatVerdict, isTested, proposedOf, runsOf, statements, tiedBeyond } from "./answers";

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

test("the best of each level are proposed by what a run takes, and named with their levels", () => {
  expect(proposedOf({ trials: [4, 2], seeds: 10 }, 2)).toEqual({ k: 2, seeds: 10, seconds: 40, again: false });
  expect(proposedOf({ trials: [4, 2], seeds: 10 }, null).seconds).toBeNull();
  const candidates = { adam: 4, rmsprop: 12, sgd: 2 };
  expect(bestsOf({ candidates }, null)).toBe("trial 4 for adam, trial 12 for rmsprop and trial 2 for sgd");
  expect(bestsOf({ candidates: { adam: 4 } }, "digits")).toBe("trial 4 for adam of digits");
});

test("of trials that cannot be told apart, those that are not listed are counted", () => {
  const place = (trial: number, standing: "leader" | "tied" | "behind") => ({ trial, standing, n: 1, low: null, high: null, confirms: null, repeats: null, confirmed: null });
  const selection = { n: 20, n_tied: 12, noise: null, bias: null };
  const listed = [place(0, "leader"), ...Array.from({ length: 7 }, (_, index) => place(index + 1, "tied"))];
  expect(tiedBeyond({ selection, places: listed })).toBe(5);
  expect(tiedBeyond({ selection: { ...selection, n_tied: 7 }, places: listed })).toBe(0);
});

test("a listed trial is described by what not all of the listed have", () => {
  const told = differences([
    { number: 4, parameters: { optimizer: "adam", "optimizer.adam.lr": 0.001, "model.mlp.depth": 2 } },
    { number: 7, parameters: { optimizer: "sgd", "optimizer.sgd.lr": 0.1, "model.mlp.depth": 2 } },
  ]);
  expect([...told]).toEqual([[4, "optimizer adam, lr 0.001"], [7, "optimizer sgd, lr 0.1"]]);
});

test("the confirmed best is the one that is found better, else the one that the others are held against", () => {
  const place = (standing: string, trial: number, value: number) => ({ standing, trial, confirmed: { trial, value } });
  const best = (places: readonly unknown[], direction: "minimize" | "maximize" = "minimize") => confirmedBest({ places } as Pick<RankingAnswer, "places">, direction)?.trial;
  const reference = place("reference", 17, 0.5);
  expect(best([reference, place("ahead", 2, 0.3), place("ahead", 4, 0.2), place("tied", 5, 0.1)])).toBe(4);
  expect(best([place("ahead", 2, 0.8), place("ahead", 4, 0.9), reference], "maximize")).toBe(4);
  expect(best([place("equal", 2, 0.4), reference])).toBe(17);
  expect(best([{ standing: "leader", trial: 3, confirmed: null }])).toBeUndefined();
});

test("confirmed trials stand first, in the order of the values that they show", () => {
  const place = (trial: number, value: number | null) => ({
    trial,
    standing: "unconfirmed" as const,
    n: 1,
    low: null,
    high: null,
    confirms: null,
    repeats: null,
    confirmed: value === null ? null : { trial, value, std: null, n: 6, low: null, high: null, over: "seeds" as const, studies: [] },
  });
  const places = [place(5, null), place(17, 0.8), place(3, null), place(2, 0.9)];
  expect(confirmedFirst(places, "maximize").map(({ trial }) => trial)).toEqual([2, 17, 5, 3]);
  expect(confirmedFirst(places, "minimize").map(({ trial }) => trial)).toEqual([17, 2, 5, 3]);
});

test("where two have nothing to be compared by it is said that there is nothing, not only that nothing is known", () => {
  expect([6, 0].map((n) => formatVerdict({ verdict: "unknown", n }))).toEqual(["not known", "nothing to compare"]);
});

test("the confidence of an interval is not rounded to what it is not", () => {
  expect([0.95, 0.975, 0.99375].map(formatConfidence)).toEqual(["95 %", "97.5 %", "99.4 %"]);
});

test("the best is measured on the test split unless no artifacts are kept", () => {
  const kept = [{}, { artifacts: { keep: "best", k: 3 } }, { artifacts: { keep: "none", k: 3 } }];
  expect(kept.map((definition) => isTested({ definition }))).toEqual([true, true, false]);
});
