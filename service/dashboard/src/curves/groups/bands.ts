/** The middles of groups, with their bands, as the server put them together over all of their runs. */

import type { CurveGroups } from "../../api/types";
import type { Grouping } from "./groups";
import type { Band, Line, Loaded } from "../lines";

/** More groups than these the service refuses. */
export const MOST_BANDS = 1000;
/** Between the names of a group and of the chart that a part of it stands in. */
const IN = "\n";

/** Groups whose runs are put together: by a parameter all, and of configurations those that were trained more than once; in several charts apart. */
export function bandedGroups({ by, groups }: Grouping, isShown: (trial: string) => boolean, facets: Grouping | null): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { key, members } of groups) {
    for (const member of members.filter((one) => isShown(one.key))) {
      const facet = facets?.of.get(member.key)?.key;
      const name = facet === undefined ? key : `${key}${IN}${facet}`;
      found.set(name, [...(found.get(name) ?? []), ...member.trial.run_ids]);
    }
  }
  return Object.fromEntries([...found].filter(([, runs]) => runs.length > (by === null ? 1 : 0)));
}

/** Groups that have a band, as many as the service puts together at once; of those left out the runs are drawn. */
export function firstGroups(groups: Readonly<Record<string, string[]>>): { readonly banded: Readonly<Record<string, string[]>>; readonly nLeftOut: number } {
  const names = Object.keys(groups);
  if (names.length <= MOST_BANDS) return { banded: groups, nLeftOut: 0 };
  return { banded: Object.fromEntries(Object.entries(groups).slice(0, MOST_BANDS)), nLeftOut: names.length - MOST_BANDS };
}

/** One line for each group that the server has put together. */
export function middlesOf({ data, part }: Loaded<CurveGroups>, { groups }: Grouping): Line[] {
  const byKey = new Map(groups.map((group) => [group.key, group]));
  return data.groups.flatMap((found) => {
    const [key, facet = null] = String(found.key["group"]).split(IN) as [string, string?];
    const first = byKey.get(key)?.members[0];
    if (!first) return [];
    return {
      id: facet === null ? `group ${key}` : `group ${key} in ${facet}`,
      trial: first.key,
      replicate: 0,
      state: first.trial.state,
      value: null,
      part,
      xs: Float64Array.from(found.x),
      ys: numbers(found.mid),
      resumes: [],
      thinned: false,
      raw: null,
      band: { group: key, facet, low: numbers(found.low), high: numbers(found.high), bounds: boundsOf(data), n: found.n },
    };
  });
}

function boundsOf({ bounds }: CurveGroups): Band["bounds"] {
  return bounds ? (bounds as [number, number]) : null;
}

/** A band as it is drawn: up to where the metric has values. */
type Edges = Pick<Band, "low" | "high">;
const EDGES = new WeakMap<Band, Edges>();

/** The edges that are drawn of a band; the band's own are its numbers. */
export function edgesOf(band: Band): Edges {
  if (!isCut(band)) return band;
  const [least, most] = band.bounds;
  const within = (edge: Float64Array) => edge.map((value) => Math.min(most, Math.max(least, value)));
  const edges = EDGES.get(band) ?? { low: within(band.low), high: within(band.high) };
  EDGES.set(band, edges);
  return edges;
}

/** Whether a band reaches to where the metric has no values. */
export function isCut(band: Band): band is Band & { readonly bounds: readonly [number, number] } {
  const { bounds, low, high } = band;
  return bounds !== null && (low.some((value) => value < bounds[0]) || high.some((value) => value > bounds[1]));
}

function numbers(values: readonly (number | null)[]): Float64Array {
  return Float64Array.from(values, (value) => value ?? NaN);
}
