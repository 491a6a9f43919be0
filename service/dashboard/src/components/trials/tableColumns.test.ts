import { expect, test } from "vitest";
import type { Summaries, Trial } from "../../api/types";
import { parseTable } from "../../state/url/table";
import { placeOf } from "./filterPlace";
import { metricColumns, shownColumns, summarizedMetrics, trialColumns, valueWidth, withColumn } from "./tableColumns";

const study = { objective: { metric: "score", direction: "minimize", reduce: "best", target: null }, objectives: [], metrics: ["score", "val_accuracy", "val_loss"] } as const;
const some: Summaries = { metric: "val_accuracy", run_id: ["a", "b", "c"], trial: [0, 0, 3], low: [0.1, 0.3, 0.2], low_step: [1, 1, 1], high: [0.7, 0.9, 0.6], high_step: [10, 20, 5], last: [0.5, 0.7, 0.4], last_step: [30, 30, 30] };
const trial = (number: number) => ({ number, metrics: { val_accuracy: 0.65 } }) as unknown as Trial;

test("a metric has what it was at the epoch that counts, its best, its last and the best one's step, as means over a trial's runs", () => {
  const columns = metricColumns(study, new Map([["val_accuracy", some]])).filter(({ kind }) => kind === "val_accuracy");
  expect(columns.map(({ key }) => key)).toEqual(["metrics.val_accuracy", "metrics.val_accuracy.best", "metrics.val_accuracy.last", "metrics.val_accuracy.best_step"]);
  expect(columns.map(({ read }) => read(trial(0)))).toEqual([0.65, 0.8, 0.6, 15]);
  expect(columns[1]?.read(trial(1))).toBeUndefined();
});

test("the best of a metric is its least where less is better, and of the objective what the study says", () => {
  const found = (metric: string) => metricColumns(study, new Map([[metric, { ...some, metric }]])).find(({ key }) => key === `metrics.${metric}.best`)?.read(trial(3));
  expect([found("val_loss"), found("val_accuracy"), found("score")]).toEqual([0.2, 0.6, 0.2]);
});

test("the address names the metrics that have to be summarized, whatever their names", () => {
  const view = parseTable(new URLSearchParams("col=metrics.val_loss.best&col=metrics.val_loss&sort=-metrics.a.b.best_step&shade=metrics.lr.last"));
  expect(summarizedMetrics(view)).toEqual(["a.b", "lr", "val_loss"]);
});

test("columns are taken in and out, and back to how they were", () => {
  const columns = trialColumns(study, new Map());
  const keys = (query: string) => shownColumns(columns, parseTable(new URLSearchParams(query))).map(({ key }) => key);
  expect(keys("")).toEqual(["number", "state", "value", "duration", "mlflow"]);
  expect(keys("col=notes&nocol=mlflow")).toEqual(["number", "state", "value", "duration", "notes"]);
  const [mlflow, notes] = ["mlflow", "notes"].map((key) => columns.find((column) => column.key === key)) as [(typeof columns)[0], (typeof columns)[0]];
  const view = parseTable(new URLSearchParams());
  expect(withColumn(view, mlflow, false)).toEqual({ added: [], removed: ["mlflow"] });
  expect(withColumn({ ...view, removed: ["mlflow"] }, mlflow, true)).toEqual({ added: [], removed: [] });
  expect(withColumn(view, notes, true)).toEqual({ added: ["notes"], removed: [] });
});

test("a value has room for its spread and for a mark, and no more where there is none", () => {
  const runs = (marks: number) => Array.from({ length: 3 }, (_, place) => ({ mark: place < marks ? { word: "outlier" } : null }));
  const of = (marks: number) => [{ value: 0.03659, replicates: { n: 3, n_runs: 3, std: 0.0284, n_collapsed: 0, runs: runs(marks) } }] as unknown as Trial[];
  const widths = [[{ value: 0.03659, replicates: null } as unknown as Trial], of(0), of(2)].map(valueWidth);
  expect(widths[0]).toBe(118);
  expect(widths[1]).toBe(200);
  expect(widths[2]).toBeGreaterThan(260);
});

test("a refused filter is marked where the service could not go on", () => {
  expect(placeOf("at character 12: a value is expected, not 'the end'")).toBe(11);
  expect(placeOf("a filter has at most 2000 characters")).toBeNull();
});
