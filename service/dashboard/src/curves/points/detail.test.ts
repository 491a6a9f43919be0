import { expect, test } from "vitest";
import type { CurveGroups, Curves } from "../../api/types";
import { withDetail, withGroupDetail } from "./detail";

function curves(xs: readonly number[], attempts: readonly (readonly [number, number])[], run = "run"): Curves {
  return { metric: "loss", columns: 2, series: [{ run_id: run, x: { step: Float64Array.from(xs) }, y: Float32Array.from(xs, (x) => x / 2), attempts }] } as unknown as Curves;
}

const thinned = curves([0, 10, 20, 30, 40], [[1, 0], [2, 3]]);

test("a stretch takes the place of what was thinned there, and a resume stays where it was", () => {
  const [found] = withDetail(thinned, curves([9, 10, 11, 12], [[1, 0]]), "step").series;
  expect([...(found?.x["step"] ?? [])]).toEqual([0, 9, 10, 11, 12, 20, 30, 40]);
  expect([...(found?.y ?? [])]).toEqual([0, 4.5, 5, 5.5, 6, 10, 15, 20]);
  expect(found?.attempts).toEqual([[1, 0], [2, 6]]);
});

test("a resume that the thinned curve had placed later is where the stretch saw it", () => {
  const [found] = withDetail(thinned, curves([21, 25, 29, 30, 31], [[1, 0], [2, 2]]), "step").series;
  expect([...(found?.x["step"] ?? [])]).toEqual([0, 10, 20, 21, 25, 29, 30, 31, 40]);
  expect(found?.attempts).toEqual([[1, 0], [2, 5]]);
});

test("a run that has no point there, or a metric that is another, stays as it is", () => {
  expect(withDetail(thinned, curves([], []), "step").series[0]).toBe(thinned.series[0]);
  expect(withDetail(thinned, curves([9, 11], [[1, 0]], "another"), "step").series[0]).toBe(thinned.series[0]);
  expect(withDetail(thinned, { ...curves([9, 11], [[1, 0]]), metric: "accuracy" }, "step")).toBe(thinned);
});

test("middles and bands are put together alike", () => {
  const groups = (x: readonly number[], mid: number) => ({ metric: "loss", groups: [{ key: { group: "adam" }, x, n: x.map(() => 3), n_carried: x.map(() => 0), mid: x.map(() => mid), low: x.map(() => 0), high: x.map(() => 9) }] }) as unknown as CurveGroups;
  const [found] = withGroupDetail(groups([0, 10, 20], 1), groups([9, 10, 11], 2)).groups;
  expect([found?.x, found?.mid, found?.n.length]).toEqual([[0, 9, 10, 11, 20], [1, 2, 2, 2, 1], 5]);
});
