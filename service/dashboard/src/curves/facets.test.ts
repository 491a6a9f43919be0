import { expect, test } from "vitest";
import type { Trial } from "../api/types";
import { facetsOf } from "./facets";
import { lineOf } from "./fixtures";
import { groupsOf } from "./groups";

const members = ["cosine", "constant", "cosine"].map((schedule, number) => ({ key: String(number), study: "digits", trial: { number, parameters: { schedule }, run_ids: [] } as unknown as Trial }));
const by = groupsOf(members, "schedule", [{ key: "schedule", kind: "schedule", title: "schedule", names: ["schedule"] }]);
const band = { group: "adam", facet: "cosine", low: new Float64Array(), high: new Float64Array(), n: [] };
const lines = [lineOf(0, [1], { part: "train" }), lineOf(0, [1], { part: "validation" }), lineOf(1, [1], { part: "validation" }), lineOf(1, [1], { part: "validation", band })];

test("every line stands in the chart of its value, middles in that of their runs, and empty charts are left out", () => {
  const told = facetsOf(lines, by, false).map(({ label, lines: own }) => [label, own.map((line) => lines.indexOf(line))]);
  expect(told).toEqual([["constant", [2]], ["cosine", [0, 1, 3]]]);
});

test("halves stand apart", () => {
  expect(facetsOf(lines, by, true).map(({ label, lines: own }) => `${label}: ${own.length}`)).toEqual(["constant, validation: 1", "cosine, validation: 2", "cosine, train: 1"]);
  expect(facetsOf(lines, null, true).map(({ label }) => label)).toEqual(["validation", "train"]);
});

test("there is one chart, even of nothing", () => {
  expect(facetsOf(lines, null, false)).toEqual([{ key: "", label: "", lines }]);
  expect(facetsOf([], by, true)).toHaveLength(1);
});
