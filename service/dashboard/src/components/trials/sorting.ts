/** The order of the table's rows. */

import type { Trial } from "../../api/types";
import { secondsBetween } from "../../format/times";
import type { Column } from "../../format/columns";
import { cell } from "../../format/columns";

export interface Sorting {
  /** `number`, `state`, `value`, `duration`, or a parameter column's key. */
  readonly key: string;
  readonly descending: boolean;
}

/** The order of states where trials are sorted by value: what a pruned or a running one has reached is no result. */
const BY_VALUE: readonly Trial["state"][] = ["COMPLETED", "RUNNING", "PRUNED", "FAILED", "CANCELLED", "WAITING"];

/**
 * The trials in order; those that have nothing to compare come last either way, and equal ones by number. By value,
 * trials that ran to their end come first. `soFar` holds what running ones have reached.
 */
export function sortTrials(trials: readonly Trial[], sorting: Sorting, columns: readonly Column[], soFar: ReadonlyMap<number, number> = new Map()): Trial[] {
  const read = reader(sorting.key, columns, soFar);
  const sign = sorting.descending ? -1 : 1;
  const group = (trial: Trial) => (sorting.key === "value" ? BY_VALUE.indexOf(trial.state) : 0);
  return trials
    .map((trial) => ({ trial, value: read(trial) }))
    .sort((a, b) => group(a.trial) - group(b.trial) || missing(a.value) - missing(b.value) || sign * compare(a.value, b.value) || a.trial.number - b.trial.number)
    .map(({ trial }) => trial);
}

/** How the order by value ranks states, in words; empty while all trials that have a value are in the same state. */
export function orderInWords(trials: readonly Trial[], sorting: Sorting): string {
  const valued = new Set(trials.filter(({ state, value }) => state === "RUNNING" || typeof value === "number").map(({ state }) => state));
  const present = BY_VALUE.filter((state) => valued.has(state));
  if (sorting.key !== "value" || present.length < 2) return "";
  const [first, ...others] = present.map((state) => state.toLowerCase());
  return `${first} first, then ${others.join(", then ")}, whatever value was reached`;
}

function reader(key: string, columns: readonly Column[], soFar: ReadonlyMap<number, number>): (trial: Trial) => unknown {
  const column = columns.find((candidate) => candidate.key === key);
  if (column) return (trial) => cell(trial.parameters, column);
  if (key === "state") return (trial) => trial.state;
  if (key === "value") return (trial) => trial.value ?? soFar.get(trial.number);
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
