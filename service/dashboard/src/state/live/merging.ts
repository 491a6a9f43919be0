/** What was fetched anew, put into what is there. */

import type { Curves, Trial } from "../../api/types";

/** The trials with some of them replaced or added, by number. */
export function mergeTrials(all: readonly Trial[], changed: readonly Trial[]): Trial[] {
  const merged = [...all];
  for (const trial of changed) merged[placeOf(merged, trial.number)] = trial;
  return merged;
}

/** Where the trial of a number is or belongs; trials come in the order of their numbers. */
function placeOf(trials: Trial[], number: number): number {
  if (trials[number]?.number === number) return number;
  const found = trials.findIndex((trial) => trial.number >= number);
  if (found < 0) return trials.length;
  if (trials[found]?.number !== number) trials.splice(found, 0, trials[found] as Trial);
  return found;
}

/** The trials of which exactly the best one is marked as such; the same list where that is so already. */
export function withBest(trials: readonly Trial[], best: number | null): readonly Trial[] {
  if (trials.every((trial) => trial.best === (trial.number === best))) return trials;
  return trials.map((trial) => (trial.best === (trial.number === best) ? trial : { ...trial, best: !trial.best }));
}

/** One metric's curves with those of some runs replaced or added. */
export function mergeCurves(all: Curves, changed: Curves): Curves {
  const fresh = new Map(changed.series.map((series) => [series.run_id, series]));
  const kept = all.series.map((series) => {
    const found = fresh.get(series.run_id);
    fresh.delete(series.run_id);
    return found ?? series;
  });
  return { ...all, series: [...kept, ...fresh.values()], n_runs: all.n_runs + fresh.size };
}
