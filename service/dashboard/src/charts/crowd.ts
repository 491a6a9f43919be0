/** Which runs to draw when a study has more than a chart can hold. */

import type { Trial } from "../api/types";

/** Runs that are drawn at once: more of them make neither a legible nor a quick picture. */
export const MAX_RUNS = 300;

/**
 * The runs to draw, or null for all of them. The best and the selected trial come first, then what is running, then
 * finished trials from the best on, then the newest of the rest.
 */
export function chosenRuns(trials: readonly Trial[], maximize: boolean, selected: number | null, limit = MAX_RUNS): string[] | null {
  const started = startedOf(trials);
  if (countRuns(started) <= limit) return null;
  const place = (trial: Trial) => (trial.best || trial.number === selected ? 0 : trial.state === "RUNNING" ? 1 : trial.state === "COMPLETED" ? 2 : 3);
  const merit = (trial: Trial) => (trial.state !== "COMPLETED" ? trial.number : (maximize ? 1 : -1) * (trial.value ?? 0));
  const ordered = [...started].sort((a, b) => place(a) - place(b) || merit(b) - merit(a));
  return ordered.flatMap(({ run_ids }) => run_ids).slice(0, limit);
}

/** The trials that may have a curve. */
export function startedOf(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ state }) => state !== "WAITING");
}

export function countRuns(trials: readonly Trial[]): number {
  return trials.reduce((sum, { run_ids }) => sum + run_ids.length, 0);
}
