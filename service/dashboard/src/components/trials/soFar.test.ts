import { expect, test } from "vitest";
import type { Curves } from "../../api/types";
import { valuesSoFar } from "./soFar";

function curves(...all: [trial: number, y: number[]][]): Curves {
  const series = all.map(([trial, y]) => ({ trial, y: Float32Array.from(y) }) as unknown as Curves["series"][number]);
  return { metric: "val_loss", series, n_runs: all.length, n_runs_left_out: 0, n_points: 0, columns: null, cursor: "", complete: true, gone: [] };
}

const seen = curves([3, [0.5, 0.25, 0.375]], [4, [0.875, NaN]], [5, [NaN]]);

test("a running trial has its best value so far, and no value that is not finite counts", () => {
  expect([...valuesSoFar(seen, { direction: "minimize", reduce: "best" }, "mean")]).toEqual([[3, 0.25], [4, 0.875]]);
  expect(valuesSoFar(seen, { direction: "maximize", reduce: "best" }, "mean").get(3)).toBe(0.5);
  expect(valuesSoFar(undefined, { direction: "maximize", reduce: "best" }, "mean").size).toBe(0);
});

test("where the last epoch counts, it is the last", () => {
  expect(valuesSoFar(seen, { direction: "minimize", reduce: "last" }, "mean").get(3)).toBe(0.375);
});

test("several runs are put together as they will be at the end", () => {
  const runs = curves([1, [0.1]], [1, [0.2]], [1, [0.6]], [1, [0.7]]);
  const so = (aggregate: string, direction: "minimize" | "maximize" = "minimize") => valuesSoFar(runs, { direction, reduce: "best" }, aggregate).get(1);
  expect([so("mean"), so("median"), so("worst"), so("worst", "maximize")]).toEqual([expect.closeTo(0.4), expect.closeTo(0.4), expect.closeTo(0.7), expect.closeTo(0.1)]);
});
