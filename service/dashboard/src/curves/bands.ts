/** The middles of groups, with their bands, as the server put them together over all of their runs. */

import type { CurveGroups } from "../api/types";
import type { Grouping } from "./groups";
import type { Line, Loaded } from "./lines";

/** Groups whose runs are put together: by a parameter all, and of configurations those that were trained more than once. */
export function bandedGroups({ by, groups }: Grouping, isShown: (trial: string) => boolean): Record<string, string[]> {
  const chosen = groups.map(({ key, members }) => [key, members.filter((member) => isShown(member.key)).flatMap(({ trial }) => trial.run_ids)] as const);
  return Object.fromEntries(chosen.filter(([, runs]) => runs.length > (by === null ? 1 : 0)).map(([key, runs]) => [key, [...runs]]));
}

/** One line for each group that the server has put together. */
export function middlesOf({ data, part }: Loaded<CurveGroups>, { groups }: Grouping): Line[] {
  const byKey = new Map(groups.map((group) => [group.key, group]));
  return data.groups.flatMap((found) => {
    const group = byKey.get(String(found.key["group"]));
    const first = group?.members[0];
    if (!group || !first) return [];
    return {
      id: `group ${group.key}`,
      trial: first.key,
      replicate: 0,
      state: first.trial.state,
      value: null,
      part,
      xs: Float64Array.from(found.x),
      ys: numbers(found.mid),
      resumes: [],
      raw: null,
      band: { group: group.key, low: numbers(found.low), high: numbers(found.high), n: found.n },
    };
  });
}

function numbers(values: readonly (number | null)[]): Float64Array {
  return Float64Array.from(values, (value) => value ?? NaN);
}
