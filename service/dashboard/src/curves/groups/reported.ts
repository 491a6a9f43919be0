/** How a report can be grouped as the curves are. */

import type { Trial } from "../../api/types";
import type { Column } from "../../format/columns";
import { cell } from "../../format/columns";
import { groupKey } from "./groups";

const MOST_LEVELS = 50;

/** The parameter by which the service can group a report as the curves are grouped; null where it cannot, or chooses itself. */
export function reportedBy(group: string | null, trials: readonly Trial[], columns: readonly Column[]): string | null {
  const key = groupKey(group, columns);
  const column = columns.find((each) => each.key === key);
  const [name, ...others] = column?.names ?? [];
  if (!column || name === undefined || others.length > 0) return null;
  const ended = trials.filter(({ state, excluded }) => state !== "WAITING" && state !== "RUNNING" && !excluded);
  const values = ended.map(({ parameters }) => cell(parameters, column)).filter((value) => value !== undefined);
  const n = new Set(values.map(String)).size;
  const areLevels = n < values.length || values.some((value) => typeof value !== "number");
  return areLevels && n >= 2 && n <= MOST_LEVELS ? name : null;
}
