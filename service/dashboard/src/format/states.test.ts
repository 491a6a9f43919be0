import { expect, test } from "vitest";
import type { Study } from "../api/types";
import { formatTurn, formatWait, waitOf } from "./states";

test("a study that waits for its turn says so, and one that cannot go on says what stops it", () => {
  expect(formatWait("waits for one of 2 busy workers for 3 min")).toBe("Waits for one of 2 busy workers for 3 min");
  expect(formatTurn("waits for one of 2 busy workers")).toBe("waits for one of 2 busy workers");
  expect(formatTurn("all 2 workers are busy with this study")).toBe("waits: all 2 workers are busy with this study");
  expect(formatWait("needs 1 GPU, none is free")).toBe("Nothing more starts: needs 1 GPU, none is free");
});

test("a study that keeps the workers busy itself waits for nobody, but says what it lacks", () => {
  const said = (waits_for: string, RUNNING: number) => waitOf({ waits_for, counts: { RUNNING } as Study["counts"] });
  expect(said("waits for one of 2 busy workers", 2)).toBe("");
  expect(said("waits for one of 2 busy workers", 0)).toBe("waits for one of 2 busy workers");
  expect(said("all 2 workers are busy, 1 of them with this study", 0)).toBe("");
  expect(said("needs 1 GPU, none is free", 2)).toBe("needs 1 GPU, none is free");
});
