/** What several runs of a trial came to, as people read it. */

import type { ConfirmedValue, Replication, ReplicationRun, TestResult } from "../api/types";
import { formatNumber, formatValue, plural } from "./numbers";

/** `0.258 ± 0.353`, never broken; the value alone where one run has no spread. */
export function formatSpread(value: number | null | undefined, std: number | null | undefined): string {
  const shown = formatValue(value);
  return value === null || value === undefined || std === null || std === undefined ? shown : `${shown}\u00a0±\u00a0${formatNumber(Number(std.toPrecision(3)))}`;
}

/** `confirmed: 0.962 ± 0.00558 (6 seeds)`. */
export function formatConfirmed(found: Pick<ConfirmedValue, "value" | "std" | "n" | "over">): string {
  return `confirmed: ${formatSpread(found.value, found.std)} (${formatUnits(found)})`;
}

/** `6 seeds`, or `5 folds`. */
export function formatUnits({ n, over }: Pick<ConfirmedValue, "n" | "over">): string {
  return plural(n, over.slice(0, -1));
}

/** `(5)`, or `(4 of 5)` when the value is not of all runs. */
export function formatShare({ n, n_runs }: Pick<Replication, "n" | "n_runs">): string {
  return n === n_runs ? `(${n})` : `(${n} of ${n_runs})`;
}

/** What is strange about some of the runs: `4 collapsed`, `1 outlier`; nothing where they are alike. */
export function formatMarks({ runs, n_collapsed }: Replication): string {
  const n_outliers = runs.filter(({ mark }) => mark?.word === "outlier").length;
  return [n_collapsed > 0 && `${n_collapsed} collapsed`, n_outliers > 0 && plural(n_outliers, "outlier")].filter(Boolean).join(", ");
}

/** `seed 7`, `seed 7, fold 2`. */
export function formatPlace({ seed, fold }: { readonly seed: number; readonly fold?: number | null }): string {
  return `seed ${seed}${typeof fold === "number" ? `, fold ${fold}` : ""}`;
}

/** Everything about the runs in a few lines, for titles. */
export function describeRuns({ aggregate, n, n_runs, std, runs }: Replication): string {
  const spread = std === null || std === undefined ? "" : `; ± is their sample standard deviation`;
  return [`${aggregate} of ${n === n_runs ? n : `${n} of ${n_runs}`} runs${spread}`, ...runs.map(describeRun)].join("\n");
}

function describeRun({ value, state, mark, ...place }: ReplicationRun): string {
  const known = typeof value === "number" && formatNumber(value);
  return `${formatPlace(place)}: ${[known, state !== "COMPLETED" && state.toLowerCase(), mark?.word, mark?.reason].filter(Boolean).join(", ")}`;
}

/** From the second look at a test split on, which it was. */
export function formatLook({ n, look }: TestResult): string {
  if (n === 0) return "";
  if (typeof look !== "number") return "whether it was looked at before is not known";
  return look > 1 ? `look ${look}` : "";
}

/** Which run, or how many, a test result is of. */
export function formatTested({ n, runs }: TestResult): string {
  const [first] = runs;
  if (runs.length === 1 && first) return formatPlace(first);
  return n === runs.length ? `mean of ${n} runs` : `mean of ${n} of ${runs.length} runs`;
}
