import { expect, test } from "vitest";
import type { Stay } from "./lanes";
import { fateOf } from "./timeline";

const ended = { left_run: "COMPLETED", ended_at: "2026-01-01T00:00:00Z" } as Stay;

test("how a stay ended is what became of its run", () => {
  const fates = (["COMPLETED", "PRUNED", "FAILED", "WAITING", "CANCELLED"] as const).map((left_run) => fateOf({ ...ended, left_run }));
  expect(fates).toEqual(["trained to its end", "pruned", "failed", "went on elsewhere or later", "cancelled"]);
  expect(fateOf({ ...ended, left_run: null, ended_at: null })).toBe("goes on");
});
