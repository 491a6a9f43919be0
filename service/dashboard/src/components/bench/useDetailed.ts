/** Curves with more of their points where the reader zooms into what was thinned. */

import { useMemo } from "react";
import type { Aggregation, Stretch } from "../../api/curves";
import { MAX_POINTS } from "../../api/curves";
import { withDetail, withGroupDetail } from "../../curves/points/detail";
import type { XAxis } from "../../state/url/bench";
import { useCurveGroups, useCurves } from "../../state/queries";

type Names = readonly string[];

/** See `useCurves`; of curves that were thinned what is in view is fetched too. */
export function useDetailedCurves(studies: Names, metric: string | null, runs: Names | null, axis: XAxis, zoom: Stretch | null) {
  const all = useCurves(studies, metric, runs, axis);
  const thinned = zoom !== null && (all.data?.columns ?? null) !== null;
  const near = useCurves(studies, thinned ? metric : null, runs, axis, thinned ? zoom : null);
  const detail = thinned ? near.data : undefined;
  const data = useMemo(() => (all.data && detail ? withDetail(all.data, detail, axis) : all.data), [all.data, detail, axis]);
  return { data, error: all.error ?? near.error, isPlaceholderData: all.isPlaceholderData, isFetching: all.isFetching, isZooming: thinned && (near.isPending || near.isPlaceholderData) };
}

/** See `useCurveGroups`. */
export function useDetailedGroups(studies: Names, metric: string | null, groups: Readonly<Record<string, Names>>, how: Aggregation, zoom: Stretch | null) {
  const all = useCurveGroups(studies, metric, groups, how);
  const thinned = zoom !== null && (all.data?.groups.some(({ x }) => x.length >= MAX_POINTS) ?? false);
  const near = useCurveGroups(studies, thinned ? metric : null, groups, thinned ? { ...how, x_from: zoom[0], x_to: zoom[1] } : how);
  const data = useMemo(() => (all.data && near.data ? withGroupDetail(all.data, near.data) : all.data), [all.data, near.data]);
  return { data, error: all.error ?? near.error, isPending: all.isPending, isPlaceholderData: all.isPlaceholderData, isZooming: near.isPending || near.isPlaceholderData };
}
