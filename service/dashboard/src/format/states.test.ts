import { expect, test } from "vitest";
import { formatWait } from "./states";

test("a study that waits for its turn says so, and one that cannot go on says what stops it", () => {
  expect(formatWait("waits for one of 2 busy workers for 3 min")).toBe("Waits for one of 2 busy workers for 3 min");
  expect(formatWait("needs 1 GPU, none is free")).toBe("Nothing more starts: needs 1 GPU, none is free");
});
