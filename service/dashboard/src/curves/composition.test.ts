import { expect, test } from "vitest";
import type { CurveGroups, Curves, Trial } from "../api/types";
import { INITIAL } from "../state/url/bench";
import { bandedGroups, firstGroups } from "./groups/bands";
import type { Composition } from "./composition";
import { compose } from "./composition";
import { countsOf } from "./points/counts";
import { lineOf } from "./fixtures";
import type { Member } from "./groups/groups";
import { groupsOf } from "./groups/groups";
import type { Loaded } from "./lines";

const members: Member[] = ["adam", "adam", "sgd"].map((optimizer, number) => ({
  key: String(number), study: "digits", trial: { number, state: "COMPLETED", parameters: { optimizer }, run_ids: [`run_${number}`] } as unknown as Trial,
}));
const column = { key: "optimizer", kind: "optimizer", title: "optimizer", names: ["optimizer"] };

function curves(metric: string): Curves {
  const series = [0, 1, 2].map((trial) => ({
    run_id: `run_${trial}`, trial, replicate: 0, state: "COMPLETED", value: null, x: { step: [10, 20], epoch: [1, 2], wall_time: [101, 102], training_time: [1, 2] }, y: [trial, 0.5], attempts: [[1, 0], [2, 1]],
  }));
  return { metric, series, n_runs: 3, n_runs_left_out: 0 } as unknown as Curves;
}

const groups = { metric: "val_loss", groups: [{ key: { group: "adam" }, x: [1, 2], n: [2, 2], mid: [0.5, 0.5], low: [null, 0.4], high: [null, 0.6], runs: [] }] } as unknown as CurveGroups;
const halves: Loaded<Curves>[] = [{ part: "train", data: curves("train_loss") }, { part: "validation", data: curves("val_loss") }];
const base: Composition = {
  view: INITIAL, grouping: groupsOf(members, "optimizer", [column]), keyOf: ({ trial }) => String(trial), isShown: () => true, highlighted: new Set(["0"]), higherIsBetter: false,
};
const named = (lines: ReturnType<typeof compose>) => lines.map(({ id, part }) => `${part} ${id}`);

test("middles come last, beneath them their runs, training curves of the highlighted only", () => {
  expect(named(compose(halves, [{ part: "validation", data: groups }], base))).toEqual(["train run_0", "validation run_0", "validation run_1", "validation run_2", "validation group adam"]);
});

test("without their runs a band's highlighted ones stay, and those that have no band", () => {
  const alone = { ...base, view: { ...INITIAL, members: false, train: "none" as const } };
  expect(named(compose(halves, [{ part: "validation", data: groups }], alone))).toEqual(["validation run_0", "validation run_2", "validation group adam"]);
});

test("what the legend hides is not drawn", () => {
  expect(named(compose(halves, [], { ...base, isShown: (trial) => trial === "2", view: { ...INITIAL, train: "all" } }))).toEqual(["train run_2", "validation run_2"]);
});

test("smoothing keeps what was measured, and is not carried over the resume", () => {
  const smooth = compose(halves.slice(1), [{ part: "validation", data: groups }], { ...base, view: { ...INITIAL, smoothing: 50 } });
  expect(smooth[2]).toMatchObject({ ys: Float64Array.of(2, 0.5), raw: Float64Array.of(2, 0.5) });
  expect(smooth[3]).toMatchObject({ raw: null, band: { low: Float64Array.of(NaN, 0.4) } });
});

test("curves stand on the axis that is chosen", () => {
  expect(compose(halves.slice(1), [], { ...base, view: { ...INITIAL, axis: "wall_time" } })[0]?.xs).toEqual(Float64Array.of(101, 102));
});

test("all runs of a group are put together, of configurations only those that were trained more than once", () => {
  expect(bandedGroups(base.grouping, (trial) => trial !== "1", null)).toEqual({ adam: ["run_0"], sgd: ["run_2"] });
  expect(bandedGroups(groupsOf(members, null, []), () => true, null)).toEqual({ 0: ["run_0", "run_1"] });
  expect(bandedGroups(base.grouping, () => true, groupsOf(members, "run", []))).toEqual({ "adam\n0": ["run_0"], "adam\n1": ["run_1"], "sgd\n2": ["run_2"] });
});

test("no more groups are asked for than the service puts together, and the others are counted", () => {
  const all = Object.fromEntries(Array.from({ length: 1003 }, (_, number) => [String(number), ["run"]]));
  const { banded, nLeftOut } = firstGroups(all);
  expect([Object.keys(banded).length, Object.keys(banded).at(-1), nLeftOut]).toEqual([1000, "999", 3]);
  expect(firstGroups({ a: ["run"] })).toEqual({ banded: { a: ["run"] }, nLeftOut: 0 });
});

test("as many runs are counted as have come so far", () => {
  const counts = countsOf([lineOf(0, [1, 1, 1]), lineOf(1, [null, 1, null]), lineOf(2, [1, 1]), lineOf(3, [null])]);
  expect([...counts.xs]).toEqual([1, 2, 3]);
  expect([...counts.n]).toEqual([2, 3, 1]);
});
