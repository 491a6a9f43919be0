/** Where a metric's better values lie. */

import type { StudyView } from "../api/types";
import type { Line } from "./lines";
import type { MetricGroup } from "./metrics";

/** Whether a metric is better the greater it is: as the objective says where it is this one, else as its curves go. */
export function isUpward({ train, validation, only }: MetricGroup, objective: Pick<StudyView["objective"], "metric" | "direction">, lines: readonly Line[]): boolean {
  if ([train, validation, only].includes(objective.metric)) return objective.direction === "maximize";
  const rising = lines.reduce((sum, { ys }) => {
    const known = ys.filter(Number.isFinite);
    return sum + Math.sign((known.at(-1) ?? 0) - (known[0] ?? 0));
  }, 0);
  return rising > 0;
}
