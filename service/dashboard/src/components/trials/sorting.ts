/** The order of the table's rows. */

import type { Trial } from "../../api/types";
import type { TableColumn } from "./tableColumns";

export interface Sorting {
  /** A column's key. */
  readonly key: string;
  readonly descending: boolean;
}

/** The order of states where trials are sorted by value: what a pruned or a running one has reached is no result. */
const BY_VALUE: readonly Trial["state"][] = ["COMPLETED", "RUNNING", "PRUNED", "FAILED", "CANCELLED", "WAITING"];
const WORDS = new Intl.Collator("en", { numeric: true });

/**
 * The trials in order; those that have nothing to compare come last either way, and equal ones by number. By value,
 * trials that ran to their end come first.
 */
export function sortTrials(trials: readonly Trial[], sorting: Sorting, columns: readonly TableColumn[]): Trial[] {
  const read = columns.find(({ key }) => key === sorting.key)?.read ?? (({ number }: Trial) => number);
  const sign = sorting.descending ? -1 : 1;
  const group = (trial: Trial) => (sorting.key === "value" ? BY_VALUE.indexOf(trial.state) : 0);
  return trials
    .map((trial) => ({ trial, value: read(trial), group: group(trial) }))
    .sort((a, b) => a.group - b.group || missing(a.value) - missing(b.value) || sign * compare(a.value, b.value) || a.trial.number - b.trial.number)
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

function missing(value: unknown): number {
  return value === undefined || value === null ? 1 : 0;
}

function compare(a: unknown, b: unknown): number {
  if (missing(a) || missing(b)) return 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return WORDS.compare(String(a), String(b));
}

/** The order that the address says: a column's key, with a minus for the greatest first; nothing for the best first. */
export function readSorting(text: string | null, maximize: boolean): Sorting {
  if (text === null) return { key: "value", descending: maximize };
  return text.startsWith("-") ? { key: text.slice(1), descending: true } : { key: text, descending: false };
}

export function writeSorting({ key, descending }: Sorting, maximize: boolean): string | null {
  return key === "value" && descending === maximize ? null : `${descending ? "-" : ""}${key}`;
}

/** A click on a heading: the same one turns the order round, another starts with its natural direction. */
export function toggled(present: Sorting, { key, descending }: Pick<TableColumn, "key" | "descending">): Sorting {
  return present.key === key ? { key, descending: !present.descending } : { key, descending };
}
