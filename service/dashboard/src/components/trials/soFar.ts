/** What running trials have reached: their objective so far, from the points of their curves. */

import type { Curves, Study } from "../../api/types";

type Objective = Pick<Study["objective"], "direction" | "reduce">;

/** Another aggregate is the worst, by the objective's direction. */
const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median: (values) => median([...values].sort((a, b) => a - b)),
};

/** Trial to its objective so far; over its runs, those that have a finite value count, as they will at the end. */
export function valuesSoFar(curves: Curves | undefined, objective: Objective, aggregate: string): ReadonlyMap<number, number> {
  const found = new Map<number, number[]>();
  for (const { trial, y } of curves?.series ?? []) {
    const values = Array.from(y).filter(Number.isFinite);
    const last = values.at(-1);
    if (last === undefined) continue;
    const best = objective.direction === "maximize" ? Math.max(...values) : Math.min(...values);
    found.set(trial, [...(found.get(trial) ?? []), objective.reduce === "last" ? last : best]);
  }
  const worst = objective.direction === "maximize" ? Math.min : Math.max;
  const combine = AGGREGATES[aggregate] ?? ((values: readonly number[]) => worst(...values));
  return new Map([...found].map(([trial, values]) => [trial, combine(values)]));
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1], sorted[middle]] as [number, number];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
