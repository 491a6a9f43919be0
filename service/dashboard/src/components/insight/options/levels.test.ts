import { expect, test } from "vitest";
import { levelKey, levelName } from "./levels";

const choice = (value: unknown) => ({ choice: value, low: null, high: null });
const stretch = (low: number, high: number) => ({ choice: null, low, high });

test.each([
  [choice("1"), choice(1), true],
  [choice("none"), choice(null), true],
  [stretch(0.10000001, 0.10000002), stretch(0.10000002, 0.10000003), false],
])("levels that look alike are told from each other", (one, other, categorical) => {
  expect(levelName(one, categorical)).toBe(levelName(other, categorical));
  expect(levelKey(one)).not.toBe(levelKey(other));
});
