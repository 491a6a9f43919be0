/** What the curves of a metric came to, trial by trial: the mean over a trial's runs. */

import type { Study, Summaries } from "../../api/types";

export type Side = "best" | "last" | "best_step";
/** Which end of a metric's values is the best. */
export type Best = "low" | "high";

type Values = ReadonlyMap<number, number>;

export const SIDES: readonly { readonly side: Side; readonly title: string; readonly column: (found: Summaries, best: Best) => Values }[] = [
  { side: "best", title: "best", column: (found, best) => byTrial(found, found[best]) },
  { side: "last", title: "last", column: (found) => byTrial(found, found.last) },
  { side: "best_step", title: "best at step", column: (found, best) => byTrial(found, best === "low" ? found.low_step : found.high_step) },
];

/** Words of metrics of which less is better; of others more is. */
const LESS = /loss|err|mse|mae|mape|rmse|nll|perplexity|ppl|norm|time|distance|divergence/i;

export function bestOf(metric: string, { metric: judged, direction }: Pick<Study["objective"], "metric" | "direction">): Best {
  if (metric === judged) return direction === "maximize" ? "high" : "low";
  return LESS.test(metric) ? "low" : "high";
}

function byTrial({ trial }: Summaries, values: readonly number[]): Values {
  const sums = new Map<number, [sum: number, n: number]>();
  trial.forEach((number, index) => {
    const [sum, n] = sums.get(number) ?? [0, 0];
    sums.set(number, [sum + (values[index] as number), n + 1]);
  });
  return new Map([...sums].map(([number, [sum, n]]) => [number, sum / n]));
}
