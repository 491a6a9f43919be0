import { expect, test } from "vitest";
import { sparkPath } from "./sparkPath";

test("steps go where the value goes, down for one that is minimized, and on to the newest trial", () => {
  const down = sparkPath({ n_completed: [1, 3], value: [0.9, 0.5], n: 5 }, 108, 28);
  expect(down.path).toBe("M4 4H54V24H104");
  expect(down.end).toEqual([104, 24]);
  expect(sparkPath({ n_completed: [1, 3], value: [0.5, 0.9], n: 5 }, 108, 28).path).toBe("M4 24H54V4H104");
});
