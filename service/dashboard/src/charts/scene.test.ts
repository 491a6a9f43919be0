import { expect, test } from "vitest";
import type { Trial } from "../api/types";
import { lineOf } from "../curves/fixtures";
import type { Member } from "../curves/groups/groups";
import { groupsOf } from "../curves/groups/groups";
import { paletteOf } from "./colors";
import type { Context } from "./scene";
import { sceneOf } from "./scene";

const members: Member[] = [0, 0, 1].map((rate, number) => ({
  key: String(number), study: "digits", trial: { number, state: "COMPLETED", parameters: { rate }, run_ids: [`run_${number}`] } as unknown as Trial,
}));
const context: Context = {
  members, grouping: groupsOf(members, null, []), best: null, selected: null, pins: [], baseline: null, maximize: true, judged: new Map(), higherIsBetter: false, coloring: null, dashes: null, rungs: [], palette: paletteOf(false),
};
const band = { group: "0", facet: null, low: Float64Array.of(0, 0, 0), high: Float64Array.of(1, 1, 1), bounds: null, n: [2, 2, 1] };
const middle = lineOf(0, [0.5, 0.5, 0.5], { id: "group 0", band });
const alone = lineOf(2, [0.5, 0.5, null]);

test("the strip counts a band's runs once, whether or not they are drawn beneath it", () => {
  const beneath = [lineOf(0, [1, 1, 1]), lineOf(1, [0, 0])];
  for (const lines of [[alone, middle], [...beneath, alone, middle], [beneath[0] ?? alone, alone, middle]]) {
    const [counts, ...others] = sceneOf(lines, context).counts;
    expect(others).toEqual([]);
    expect([Array.from(counts?.xs ?? []), Array.from(counts?.n ?? [])]).toEqual([[1, 2, 3], [3, 3, 1]]);
  }
});

test("the first view looks at the good end of the metric that is drawn, not of the objective", () => {
  expect(sceneOf([alone], context).focus.maximize).toBe(false);
});
