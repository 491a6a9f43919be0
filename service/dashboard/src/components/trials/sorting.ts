/** The order of the table's rows. */

import type { Trial } from "../../api/types";
import { secondsBetween } from "../../format/times";
import type { Column } from "./columns";
import { cell } from "./columns";

export interface Sorting {
  /** `number`, `state`, `value`, `duration`, or a parameter column's key. */
  readonly key: string;
  readonly descending: boolean;
}

/**
 * The trials in order; those that have nothing to compare come last either way, and equal ones by number. By value,
 * trials that ran to their end come first: what a pruned one had reached is no result.
 */
export function sortTrials(trials: readonly Trial[], sorting: Sorting, columns: readonly Column[]): Trial[] {
  const read = reader(sorting.key, columns);
  const sign = sorting.descending ? -1 : 1;
  const group = (trial: Trial) => (sorting.key === "value" && trial.state !== "COMPLETED" ? 1 : 0);
  return trials
    .map((trial) => ({ trial, value: read(trial) }))
    .sort((a, b) => group(a.trial) - group(b.trial) || missing(a.value) - missing(b.value) || sign * compare(a.value, b.value) || a.trial.number - b.trial.number)
    .map(({ trial }) => trial);
}

function reader(key: string, columns: readonly Column[]): (trial: Trial) => unknown {
  const column = columns.find((candidate) => candidate.key === key);
  if (column) return (trial) => cell(trial.parameters, column);
  if (key === "state") return (trial) => trial.state;
  if (key === "value") return (trial) => trial.value;
  if (key === "duration") return (trial) => secondsBetween(trial.started_at, trial.ended_at);
  return (trial) => trial.number;
}

function missing(value: unknown): number {
  return value === undefined || value === null ? 1 : 0;
}

function compare(a: unknown, b: unknown): number {
  if (missing(a) || missing(b)) return 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** A click on a heading: the same one turns the order round, another starts with its natural direction. */
export function toggled(present: Sorting, key: string, maximize: boolean): Sorting {
  if (present.key === key) return { key, descending: !present.descending };
  return { key, descending: key === "value" && maximize };
}
