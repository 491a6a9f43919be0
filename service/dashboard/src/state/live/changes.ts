/** What a batch of events says has changed, so that no more than that is fetched again. */

import type { StudyEvent } from "../../stream/messages";

export interface Changes {
  /** The study itself: its state, its counts, its best, its metrics. */
  study: boolean;
  /** Everything: events are missing, or nobody knows what changed. */
  all: boolean;
  /** Which trials count, and so what is found in all that do, also in those of a study that this one confirms. */
  counting: boolean;
  /** Numbers of trials. */
  readonly trials: Set<number>;
  /** Ids of runs whose curves have new points or ended. */
  readonly runs: Set<string>;
}

export function noChanges(): Changes {
  return { study: false, all: false, counting: false, trials: new Set(), runs: new Set() };
}

/** Add what an event tells; `metrics` are those that the study is known to have. */
export function note(changes: Changes, { kind, payload }: StudyEvent, metrics: ReadonlySet<string>): void {
  const { trial, run, values } = payload as { trial?: number; run?: string; values?: Readonly<Record<string, unknown>> };
  if (kind === "reset" || kind === "gone" || (kind === "study" && payload["change"] === "mlflow")) changes.all = true;
  if (kind === "reset" || (kind === "study" && payload["change"] === "excluded")) changes.counting = true;
  if (run !== undefined) changes.runs.add(run);
  if (kind === "metrics") {
    changes.study ||= Object.keys(values ?? {}).some((name) => !metrics.has(name));
    return;
  }
  changes.study = true;
  if (trial !== undefined) changes.trials.add(trial);
}

export function hasChanges({ study, all, counting, trials, runs }: Changes): boolean {
  return study || all || counting || trials.size > 0 || runs.size > 0;
}

/** Add the changes of which another has been told. */
export function add(changes: Changes, others: Changes): void {
  changes.study ||= others.study;
  changes.all ||= others.all;
  changes.counting ||= others.counting;
  for (const trial of others.trials) changes.trials.add(trial);
  for (const run of others.runs) changes.runs.add(run);
}
