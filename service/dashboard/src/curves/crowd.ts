/** Which runs to draw when there are more than a chart can hold. */

import type { Trial } from "../api/types";
import type { Member } from "./groups/groups";

/** Runs that are drawn at once: more of them no longer make a quick picture. */
export const MAX_RUNS = 2000;

/**
 * The runs to draw, or null for all of them. Those of the best and of the `chosen` trials come first, then what is
 * running, then finished trials from the best on, then the newest of the rest.
 */
export function chosenRuns(members: readonly Member[], maximize: boolean, chosen: ReadonlySet<string>, limit = MAX_RUNS): string[] | null {
  const started = startedOf(members);
  if (countRuns(started) <= limit) return null;
  const place = ({ key, trial }: Member) => (trial.best || chosen.has(key) ? 0 : trial.state === "RUNNING" ? 1 : trial.state === "COMPLETED" ? 2 : 3);
  const merit = (trial: Trial) => (trial.state !== "COMPLETED" ? trial.number : (maximize ? 1 : -1) * (trial.value ?? 0));
  const ordered = [...started].sort((a, b) => place(a) - place(b) || merit(b.trial) - merit(a.trial));
  return ordered.flatMap(({ trial }) => trial.run_ids).slice(0, limit);
}

/** The trials that may have a curve. */
export function startedOf(members: readonly Member[]): Member[] {
  return members.filter(({ trial }) => trial.state !== "WAITING");
}

export function countRuns(members: readonly Member[]): number {
  return members.reduce((sum, { trial }) => sum + trial.run_ids.length, 0);
}
