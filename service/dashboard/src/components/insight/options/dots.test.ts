import { expect, test } from "vitest";
import type { Trial } from "../../../api/types";
import { bestOf, dotsBy } from "./dots";

function trial(number: number, changes: Partial<Trial> = {}): Trial {
  return { number, state: "COMPLETED", excluded: false, infeasible: false, value: 0.5, parameters: { lr: 0.1 }, ...changes } as unknown as Trial;
}

test("a picture shows the completed trials that the best is found among, each that has a place in it", () => {
  const left = [trial(1, { infeasible: true, value: 0.1 }), trial(2, { excluded: true }), trial(3, { state: "PRUNED" }), trial(4, { value: null }), trial(5, { parameters: {} })];
  expect(dotsBy([trial(0), ...left, trial(6, { parameters: { lr: true } })], 0, ({ parameters }) => parameters["lr"])).toEqual([[0.1, 0.5, 0], ["true", 0.5, 6]]);
});

test("dots are at the objective that is asked for", () => {
  const trials = [trial(0, { values: [0.5, 7] }), trial(1, { value: 0.4, values: [0.4, 9] }), trial(2, { value: 0.3, values: [] })];
  const dots = dotsBy(trials, 1, ({ number }) => number);
  expect(dots).toEqual([[0, 7, 0], [1, 9, 1]]);
  expect([bestOf(dots, "maximize"), bestOf(dots, "minimize"), bestOf([], "minimize")]).toEqual([1, 0, null]);
});
