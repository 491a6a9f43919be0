import { expect, test } from "vitest";
import type { Trial } from "../../api/types";
import { dotsBy } from "./dots";

function trial(number: number, changes: Partial<Trial> = {}): Trial {
  return { number, state: "COMPLETED", excluded: false, infeasible: false, value: 0.5, parameters: { lr: 0.1 }, ...changes } as unknown as Trial;
}

test("a picture shows the completed trials that the best is found among, each that has a place in it", () => {
  const left = [trial(1, { infeasible: true, value: 0.1 }), trial(2, { excluded: true }), trial(3, { state: "PRUNED" }), trial(4, { value: null }), trial(5, { parameters: {} })];
  expect(dotsBy([trial(0), ...left, trial(6, { parameters: { lr: true } })], ({ parameters }) => parameters["lr"])).toEqual([[0.1, 0.5, 0], ["true", 0.5, 6]]);
});
