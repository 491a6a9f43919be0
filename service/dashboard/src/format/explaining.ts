/** What each answer compares, in words for who wonders why its number is not the distance of the curves. */

import type { Comparison } from "../api/types";

export type Question = "tuned" | "typical" | "failures";

const RANKED: readonly string[] = ["Mann-Whitney", "signed-rank"];

/** Why the numbers need not be the distance of the lines that are drawn. */
export function besideTheChart(center: "mean" | "median"): string {
  return `The chart draws the ${center} of all runs of a group at each epoch; the numbers here compare trials by their results, so they need not be the distance of the lines.`;
}

/** What a question's number is of, and how it is taken. */
export function explain(question: Question, { tuned, typical }: Pick<Comparison, "tuned" | "typical">): string {
  if (question === "failures") return "The share of trials that failed, diverged, or ended no better than guessing. The other answers leave trials that failed out: they have no result.";
  const [of, found, shift] =
    question === "tuned"
      ? ["The best trial of each, by runs that did not choose it: trained once more with fresh seeds, the same for all.", tuned, "the middle of the differences between runs of the same seed"]
      : ["All completed trials over the range that was searched, each by its own result.", typical, "the median of the differences between any trial of the one and any of the other"];
  return `${of} ${isRanked(found) ? `The number is ${shift} (Hodges–Lehmann), which trials far from the others move less than they move a mean.` : "The number is a difference of means, where there are too few or too many of them for ranks."}`;
}

/** By ranks the difference is a shift. */
function isRanked(found: Pick<Comparison["tuned"], "verdicts"> | null): boolean {
  return found?.verdicts.every(({ test }) => RANKED.includes(test)) ?? true;
}
