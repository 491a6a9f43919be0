/** Which trials pictures show, and where. */

import type { Trial } from "../../../api/types";
import type { Dot } from "./options";

/** Whether a trial is one of those that the best is found among. */
export function isJudged({ state, excluded, infeasible }: Trial): boolean {
  return state === "COMPLETED" && !excluded && !infeasible;
}

/** What a trial came to by the objective at a place. */
export function valueAt({ value, values }: Trial, place: number): number | null {
  return (place === 0 ? value : values[place]) ?? null;
}

/** Trials that are judged, with their value by the objective at a place, by something of theirs. */
export function dotsBy(trials: readonly Trial[], place: number, across: (trial: Trial) => unknown): Dot[] {
  return trials.flatMap((trial): Dot[] => {
    const [x, value] = [across(trial), valueAt(trial, place)];
    if (!isJudged(trial) || value === null || x === undefined || x === null) return [];
    return [[typeof x === "number" ? x : String(x), value, trial.number]];
  });
}

/** The trial whose value is the best; of equal ones the first. */
export function bestOf(dots: readonly Dot[], direction: "minimize" | "maximize"): number | null {
  const better = (a: number, b: number) => (direction === "maximize" ? a > b : a < b);
  return dots.reduce<Dot | null>((best, dot) => (best === null || better(dot[1], best[1]) ? dot : best), null)?.[2] ?? null;
}

/** From the best value on. */
export function bestFirst<T>(all: readonly T[], valueOf: (one: T) => number, direction: "minimize" | "maximize"): T[] {
  return [...all].sort((a, b) => (direction === "maximize" ? -1 : 1) * (valueOf(a) - valueOf(b)));
}
