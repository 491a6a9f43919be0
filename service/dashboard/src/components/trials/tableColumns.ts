/** The columns that the table of trials can have, and how each reads a trial. */

import type { Study, Summaries, Trial } from "../../api/types";
import type { Column } from "../../format/columns";
import { cell } from "../../format/columns";
import { formatMarks, formatShare, formatSpread } from "../../format/replicates";
import { formatParameter } from "../../format/parameters";
import { secondsBetween } from "../../format/times";
import type { TableView } from "../../state/url/table";
import { bestOf, SIDES } from "./summaries";
import type { Side } from "./summaries";

export interface TableColumn {
  readonly key: string;
  /** What it is of, above its title: `optimizer`, `val_loss`. */
  readonly kind: string;
  readonly title: string;
  readonly group: "Trial" | "Parameters" | "Metrics";
  /** Whether it is there while the reader has not said otherwise. */
  readonly initial: boolean;
  /** What sorts, and what is shown where the row does not know better; undefined where there is nothing. */
  readonly read: (trial: Trial) => unknown;
  /** Whether the greatest comes first when the reader sorts by it. */
  readonly descending: boolean;
}

export interface TableStudy {
  readonly objective: Study["objective"];
  readonly objectives: readonly Study["objective"][];
  readonly metrics: readonly string[];
}

/** Prefix of the columns of metrics: `metrics.val_loss`, `metrics.val_loss.best`. */
const METRICS = "metrics.";

/** The columns about the trial itself. */
export function trialColumns({ objective, objectives }: TableStudy, soFar: ReadonlyMap<number, number>): TableColumn[] {
  const [, ...others] = objectives;
  const column = (key: string, title: string, read: TableColumn["read"], initial = true, descending = false): TableColumn => ({ key, kind: "", title, group: "Trial", initial, read, descending });
  return [
    column("number", "#", ({ number }) => number),
    column("state", "state", ({ state }) => state),
    { ...column("value", objective.metric, ({ number, value }) => value ?? soFar.get(number), true, objective.direction === "maximize"), kind: others.length > 0 ? "objective 1" : "" },
    ...others.map(({ metric, direction }, index) => ({ ...column(`objective.${metric}`, metric, ({ values }) => values[index + 1] ?? undefined, true, direction === "maximize"), kind: `objective ${index + 2}` })),
    column("duration", "duration", ({ started_at, ended_at }) => secondsBetween(started_at, ended_at) ?? undefined),
    column("mlflow", "MLflow", () => undefined),
    column("runs", "runs", ({ run_ids }) => run_ids.length, false, true),
    column("reason", "reason", ({ reason }) => reason || undefined, false),
    column("tags", "tags", ({ tags }) => tags.join(", ") || undefined, false),
    column("notes", "notes", ({ notes }) => notes || undefined, false),
    column("started", "started", ({ started_at }) => started_at ?? undefined, false, true),
    column("retry_of", "repeats", ({ retry_of }) => retry_of ?? undefined, false),
  ];
}

/** The columns of parameters; those that do not vary are there on demand. */
export function parameterColumns(all: readonly Column[], varying: readonly Column[]): TableColumn[] {
  const keys = new Set(varying.map(({ key }) => key));
  return all.map((column) => ({
    key: column.key,
    kind: column.kind === column.title ? "" : column.kind,
    title: column.title,
    group: "Parameters",
    initial: keys.has(column.key),
    read: ({ parameters }) => cell(parameters, column),
    descending: false,
  }));
}

/** Four columns for each metric: what it was at the epoch that counts, its best and last value, and the best one's step. */
export function metricColumns({ metrics, objective }: TableStudy, summaries: ReadonlyMap<string, Summaries>): TableColumn[] {
  return metrics.flatMap((metric) => {
    const best = bestOf(metric, objective);
    const counted: TableColumn = { ...metricColumn(metric, "", "at the epoch that counts"), read: (trial) => trial.metrics[metric], descending: best === "high" };
    const found = summaries.get(metric);
    const others = SIDES.map(({ side, title, column }) => {
      const values = found && column(found, best);
      return { ...metricColumn(metric, `.${side}`, title), read: ({ number }: Trial) => values?.get(number), descending: side !== "best_step" && best === "high" };
    });
    return [counted, ...others];
  });
}

function metricColumn(metric: string, suffix: string, title: string): Omit<TableColumn, "read" | "descending"> {
  return { key: `${METRICS}${metric}${suffix}`, kind: metric, title, group: "Metrics", initial: false };
}

/** The metrics whose summaries the added columns need. */
export function summarizedMetrics({ added, sort, shade }: TableView): string[] {
  const keys = [...added, sort?.replace(/^-/, "") ?? "", shade ?? ""];
  const sides = SIDES.map(({ side }): [Side, string] => [side, `.${side}`]);
  const found = keys.flatMap((key) => sides.filter(([, suffix]) => key.startsWith(METRICS) && key.endsWith(suffix)).map(([, suffix]) => key.slice(METRICS.length, -suffix.length)));
  return [...new Set(found)].sort();
}

export function shownColumns(columns: readonly TableColumn[], { added, removed, same }: TableView): TableColumn[] {
  const [more, less] = [new Set(added), new Set(removed)];
  return columns.filter(({ key, initial, group }) => !less.has(key) && (initial || more.has(key) || (same && group === "Parameters")));
}

/** The view with a column taken in or out. */
export function withColumn(view: TableView, { key, initial, group }: TableColumn, wanted: boolean): Partial<TableView> {
  const without = (keys: readonly string[]) => keys.filter((other) => other !== key);
  const there = initial || (view.same && group === "Parameters");
  if (wanted) return { removed: without(view.removed), added: there ? view.added : [...without(view.added), key] };
  return { added: without(view.added), removed: there ? [...without(view.removed), key] : view.removed };
}

const SAMPLE = 200;
/** The best row is bold, which is wider. */
const [DIGIT, MARGIN, LEAST, MOST] = [7.8, 26, 64, 300];
const WIDTHS: Readonly<Record<string, number>> = { number: 150, state: 118, value: 118, duration: 96, mlflow: 72 };
/** Digits that the edges of a mark take. */
const PILL = 3;

/** How wide a value is, in pixels: of several runs with their spread, their number and a mark. */
export function valueWidth(trials: readonly Trial[]): number {
  const longest = trials.slice(0, SAMPLE).reduce((most, { value, replicates }) => {
    if (!replicates) return most;
    const marks = formatMarks(replicates);
    return Math.max(most, `${formatSpread(value, replicates.std)} ${formatShare(replicates)}`.length + (marks === "" ? 0 : PILL + marks.length));
  }, 0);
  return longest === 0 ? 118 : Math.min(MOST, Math.max(200, longest * DIGIT + MARGIN));
}

/** How wide a column is, in pixels: by what stands in the first rows, so that nothing moves while the table scrolls. */
export function widthOf(column: TableColumn, trials: readonly Trial[], value: number): number {
  if (column.key === "value") return Math.max(value, (column.title.length + 2) * DIGIT + MARGIN);
  const fixed = WIDTHS[column.key];
  if (fixed !== undefined) return fixed;
  const heading = Math.max(column.title.length + 2, column.kind.length);
  const longest = trials.slice(0, SAMPLE).reduce((most, trial) => Math.max(most, formatParameter(column.read(trial)).length), heading);
  return Math.min(MOST, Math.max(LEAST, longest * DIGIT + MARGIN));
}
