/** What results say, in words. */

import type { Comparison, Confirmation, ConfirmedValue, RankingAnswer, StudyView, Trial } from "../api/types";
import { cell, columnsOf } from "./columns";
import { plural } from "./numbers";
import { formatParameter } from "./parameters";
import { formatDuration } from "./times";

/** The statements of a sentence; what would tell more is a button of its own. */
export function statements({ sentence }: Pick<RankingAnswer, "sentence">): string[] {
  return sentence.split("; ").filter((part) => !part.startsWith("`studyhall confirm"));
}

/** The statements that stand at the head of an answer, and those that come after them. */
export function headline(answer: Pick<RankingAnswer, "sentence">): { readonly first: string; readonly second: string | null; readonly others: readonly string[] } {
  const [first = "", second = null, ...others] = statements(answer);
  return { first, second, others };
}

/** How many trials that cannot be told from the best one are not among those listed. */
export function tiedBeyond({ selection, places }: Pick<RankingAnswer, "selection" | "places">): number {
  return Math.max(0, selection.n_tied - places.filter(({ standing }) => standing === "tied").length);
}

/** The places of confirmed trials in the order of the values that they show, the others behind them as they were. */
export function confirmedFirst(places: RankingAnswer["places"], direction: "minimize" | "maximize"): RankingAnswer["places"] {
  const sign = direction === "maximize" ? -1 : 1;
  const value = ({ confirmed }: RankingAnswer["places"][number]) => (confirmed ? sign * confirmed.value : Infinity);
  return [...places].sort((a, b) => (value(a) === value(b) ? 0 : value(a) - value(b)));
}

const MOST_DIFFERENCES = 3;

/** What tells the trials of a list from each other: each one's first few parameters that not all have. */
export function differences(trials: readonly Pick<Trial, "number" | "parameters">[]): Map<number, string> {
  const columns = columnsOf(trials);
  return new Map(
    trials.map(({ number, parameters }) => {
      const given = columns.filter((column) => cell(parameters, column) !== undefined).slice(0, MOST_DIFFERENCES);
      return [number, given.map((column) => `${column.title} ${formatParameter(cell(parameters, column))}`).join(", ")];
    }),
  );
}

/** A confirmation that says how many of the best trials it trains, as one has to at the first look. */
export type Asked = Omit<Confirmation, "k" | "trials"> & { readonly k: number };

/** The confirmation that the service proposes. */
export type Proposed = NonNullable<RankingAnswer["confirm"]>;

/** The trials of the confirmation before are asked for by saying nothing of them: the best may be others by now. */
export function confirmationOf(asked: Asked, { k, again }: Proposed): Confirmation {
  return { ...asked, k: again && asked.k === k ? null : asked.k, trials: null };
}

/** What is proposed where the best of each level are to be trained, each run for so many seconds. */
export function proposedOf({ trials, seeds }: NonNullable<Comparison["tuned"]["confirm"]>, seconds: number | null): Proposed {
  return { k: trials.length, seeds, seconds: seconds === null ? null : trials.length * seeds * seconds, again: false };
}

/** `trial 4 for adam and trial 2 for sgd`, of the study that they are trials of where that is another one. */
export function bestsOf({ candidates }: Pick<Comparison["tuned"], "candidates">, study: string | null): string {
  const named = Object.entries(candidates).map(([level, trial]) => `trial ${trial} for ${level}`);
  return [...(named.length > 1 ? [named.slice(0, -1).join(", ")] : []), ...named.slice(-1)].join(" and ") + (study === null ? "" : ` of ${study}`);
}

/** How many runs a confirmation trains. */
export function runsOf({ k, seeds, over }: Asked, folds: number): number {
  return k * seeds * (over === "folds" ? folds : 1);
}

/** `50 runs, about 3 min`; as long as the service expects of its own proposal, by the number of runs. */
export function formatCost(asked: Asked, folds: number, { k, seeds, seconds }: Proposed): string {
  const runs = runsOf(asked, folds);
  return seconds === null ? plural(runs, "run") : `${plural(runs, "run")}, about ${formatDuration(Math.max(1, Math.round((seconds * runs) / (k * seeds))))}`;
}

export type Verdict = Comparison["tuned"]["verdicts"][number] | Comparison["failures"]["verdicts"][number];

const WORDS: Readonly<Record<Verdict["verdict"], string>> = { better: "better", worse: "worse", tie: "no difference that matters", unknown: "not known" };

/** `99.4 %` */
export function formatConfidence(confidence: number): string {
  return `${Number((100 * confidence).toPrecision(3))} %`;
}

export function formatVerdict({ verdict, n }: Pick<Verdict, "verdict" | "n">): string {
  return n === 0 ? "nothing to compare" : WORDS[verdict];
}

/** The trial by which the confirmations stand: the best of those that they found better, else the one that they hold the others against. */
export function confirmedBest({ places }: Pick<RankingAnswer, "places">, direction: "minimize" | "maximize"): ConfirmedValue | null {
  const sign = direction === "maximize" ? 1 : -1;
  const of = (standing: RankingAnswer["places"][number]["standing"]) => places.flatMap((place) => (place.standing === standing ? (place.confirmed ?? []) : []));
  const [best] = of("ahead").sort((a, b) => sign * (b.value - a.value));
  return best ?? of("reference")[0] ?? null;
}

/** Whether the best is measured on the test split at the end: without artifacts there is no model to be measured. */
export function isTested({ definition }: Pick<StudyView, "definition">): boolean {
  const artifacts = definition["artifacts"] as { readonly keep?: string } | undefined;
  return artifacts?.keep !== "none";
}
