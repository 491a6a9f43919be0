import { expect, test } from "vitest";
import type { Trial } from "../../api/types";
import { facetsOf, facettingOf } from "./facets";
import { lineOf } from "../fixtures";
import { groupsOf } from "./groups";

const members = ["cosine", "constant", "cosine"].map((schedule, number) => ({ key: String(number), study: "digits", trial: { number, parameters: { schedule, optimizer: number < 2 ? "adam" : "sgd" }, run_ids: [] } as unknown as Trial }));
const groupedBy = (key: string) => groupsOf(members, key, [{ key, kind: key, title: key, names: [key] }]);
const by = facettingOf(groupedBy("schedule"), null);
const nothing = facettingOf(null, null);
const band = { group: "adam", facet: "cosine", low: new Float64Array(), high: new Float64Array(), bounds: null, n: [] };
const lines = [lineOf(0, [1], { part: "train" }), lineOf(0, [1], { part: "validation" }), lineOf(1, [1], { part: "validation" }), lineOf(1, [1], { part: "validation", band })];

test("every line stands in the chart of its value, middles in that of their runs, and empty charts are left out", () => {
  const told = facetsOf(lines, by, false).charts.map(({ label, lines: own }) => [label, own.map((line) => lines.indexOf(line))]);
  expect(told).toEqual([["constant", [2]], ["cosine", [0, 1, 3]]]);
});

test("halves stand apart", () => {
  expect(facetsOf(lines, by, true).charts.map(({ label, lines: own }) => `${label}: ${own.length}`)).toEqual(["constant, validation: 1", "cosine, validation: 2", "cosine, train: 1"]);
  expect(facetsOf(lines, nothing, true).charts.map(({ label }) => label)).toEqual(["validation", "train"]);
});

test("there is one chart, even of nothing", () => {
  expect(facetsOf(lines, nothing, false)).toEqual({ charts: [{ key: "", label: "", lines }], perRow: null });
  expect(facetsOf([], by, true).charts).toHaveLength(1);
});

test("two parameters make rows and columns, with a chart for each pair, and none for values that no line has", () => {
  const pairs = facettingOf(groupedBy("schedule"), groupedBy("optimizer"));
  const { charts, perRow } = facetsOf([lineOf(0, [1]), lineOf(1, [1]), lineOf(2, [1])], pairs, false);
  expect(perRow).toBe(2);
  expect(charts.map(({ label, lines: own }) => [label, own.map(({ trial }) => trial)])).toEqual([
    ["adam · constant", ["1"]],
    ["adam · cosine", ["0"]],
    ["sgd · constant", []],
    ["sgd · cosine", ["2"]],
  ]);
  expect(facetsOf([lineOf(0, [1])], pairs, false).charts.map(({ label }) => label)).toEqual(["adam · cosine"]);
});

test("rows alone stand one below the other, with their halves beside each other", () => {
  expect(facetsOf(lines, facettingOf(null, groupedBy("schedule")), false).perRow).toBe(1);
  const { charts, perRow } = facetsOf(lines, facettingOf(null, groupedBy("schedule")), true);
  expect([perRow, charts.map(({ label }) => label)]).toEqual([2, ["constant, validation", "constant, train", "cosine, validation", "cosine, train"]]);
});
