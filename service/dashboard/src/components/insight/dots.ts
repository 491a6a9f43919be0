/** Which trials pictures show, and where. */

import type { Trial } from "../../api/types";
import type { Dot } from "./options";

/** Whether a trial is one of those that the best is found among. */
export function isJudged({ state, excluded, infeasible }: Trial): boolean {
  return state === "COMPLETED" && !excluded && !infeasible;
}

/** Trials that are judged, by something of theirs. */
export function dotsBy(trials: readonly Trial[], across: (trial: Trial) => unknown): Dot[] {
  return trials.flatMap((trial): Dot[] => {
    const x = across(trial);
    if (!isJudged(trial) || typeof trial.value !== "number" || x === undefined || x === null) return [];
    return [[typeof x === "number" ? x : String(x), trial.value, trial.number]];
  });
}
