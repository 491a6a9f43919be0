import { expect, test } from "vitest";
import type { Hyperparameter } from "../api/types";
import { formatBounds, formatDefault, formatSearch, readValue, wordsOf } from "./catalog";

function field(part: Partial<Hyperparameter>): Hyperparameter {
  return { name: "x", type: "number", default: 0, required: false, help: "", bounds: {}, search: null, bound_source: "", ...part };
}

test("bounds are written with their signs, the lower first", () => {
  expect(formatBounds(field({ bounds: { exclusiveMaximum: 1, minimum: 0 } }))).toBe("≥ 0, < 1");
  expect(formatBounds(field({ bounds: { minItems: 1, maxItems: 100 } }))).toBe("items ≥ 1, items ≤ 100");
  expect(formatBounds(field({ bounds: { enum: ["a", "b"] } }))).toBe("");
  expect(wordsOf(field({ bounds: { enum: ["a", "b"] } }))).toEqual(["a", "b"]);
});

test("ranges say how they are spread", () => {
  expect(formatSearch(field({ search: { log_uniform: [1e-5, 0.1] } }))).toBe("log 1e-5 … 0.1");
  expect(formatSearch(field({ search: { uniform: [0, 0.5] } }))).toBe("0 … 0.5");
  expect(formatSearch(field({ search: { choice: [[64], [128, 64]] } }))).toBe("[64], [128, 64]");
  expect(formatSearch(field({}))).toBe("");
});

test("what is typed is read by the field's type", () => {
  expect(readValue("0.5", field({}))).toBe(0.5);
  expect(readValue("half", field({}))).toBe("half");
  expect(readValue("epoch", field({ type: "string" }))).toBe("epoch");
  expect(readValue("[0.5, 0.75]", field({ type: "array" }))).toEqual([0.5, 0.75]);
  expect(readValue("0.5 x", field({ type: "array" }))).toEqual([0.5, "x"]);
  expect(formatDefault([0.5, 0.75])).toBe("[0.5, 0.75]");
  expect(formatDefault(null)).toBe("none");
});
