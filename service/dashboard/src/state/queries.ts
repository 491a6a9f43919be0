/** What the pages read from the server, and under which keys it is kept. */

import { keepPreviousData, skipToken, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { PreviewedRun } from "../api/catalog";
import { getCatalog, getComponent, getExperiment, getReadyMadeStudy, getSpace, previewSchedule } from "../api/catalog";
import { compare, getRanking } from "../api/answers";
import type { Aggregation } from "../api/curves";
import { getCurveGroups, getCurves } from "../api/curves";
import { getLog } from "../api/runs";
import { getStudy, listStudies } from "../api/studies";
import { allTrials, getTrial } from "../api/trials";
import { listWorkers } from "../api/workers";
import type { StudyState } from "../api/types";

const ACTIVE: readonly StudyState[] = ["QUEUED", "RUNNING", "PAUSED"];

export const curvesKey = (study: string) => ["curves", study] as const;

/** The keys of everything about a study but its curves. */
export const studyKeys = (study: string) => [["study", study], ["trials", study], ["trial", study], ["log", study]] as const;

/** The list, asked for again every few seconds, and less often while no study runs. */
export function useStudies() {
  return useInfiniteQuery({
    queryKey: ["studies"],
    queryFn: ({ pageParam }) => listStudies(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((study) => ACTIVE.includes(study.state))) ? 2000 : 5000,
  });
}

export function useStudy(study: string) {
  return useQuery({ queryKey: ["study", study], queryFn: () => getStudy(study) });
}

export function useTrials(study: string) {
  return useQuery({ queryKey: ["trials", study], queryFn: () => allTrials(study) });
}

export function useTrial(study: string, number: number) {
  return useQuery({ queryKey: ["trial", study, number], queryFn: () => getTrial(study, number) });
}

/** One metric's curves of all or of the given runs, thinned unless `whole`; what was shown of the study before stays while others are fetched. */
export function useCurves(study: string, metric: string | null, runs: readonly string[] | null, whole = false) {
  return useQuery({
    queryKey: [...curvesKey(study), metric, runs, whole],
    queryFn: metric === null ? skipToken : () => getCurves(study, metric, runs, whole),
    placeholderData: (shown, query) => (query?.queryKey[1] === study ? shown : undefined),
    gcTime: 30_000,
  });
}

/** One metric's middles and bands; nothing is asked for where no group has runs to be put together. */
export function useCurveGroups(study: string, metric: string | null, groups: Readonly<Record<string, readonly string[]>>, how: Aggregation) {
  const wanted = metric !== null && Object.keys(groups).length > 0;
  const query = useQuery({
    queryKey: [...curvesKey(study), "groups", metric, groups, how],
    queryFn: wanted ? () => getCurveGroups(metric, groups, how) : skipToken,
    placeholderData: (shown, previous) => (wanted && previous?.queryKey[1] === study ? shown : undefined),
    gcTime: 30_000,
  });
  return { data: wanted ? query.data : undefined, error: query.error, isPending: wanted && query.isPending, isPlaceholderData: query.isPlaceholderData };
}

/** What the ranking says; asked for again as trials complete, less often the more there are. */
export function useRanking(study: string, completed: number) {
  return useQuery({
    queryKey: ["answer", study, "ranking", seldom(completed)],
    queryFn: () => getRanking(study),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** The levels of a choice, or several studies, against each other; nothing is asked where there is nothing to compare. */
export function useComparison(studies: readonly string[], by: string | null, completed: number) {
  return useQuery({
    queryKey: ["answer", studies, by, seldom(completed)],
    queryFn: by !== null || studies.length > 1 ? () => compare(studies, by) : skipToken,
    staleTime: 60_000,
  });
}

/** Changes with each of the first trials, and then with every tenth or hundredth. */
function seldom(completed: number): number {
  return Number(completed.toPrecision(2));
}

/** The workers there are now, asked for every second until one is warm, and seldom after that. */
export function useWorkers(enabled: boolean) {
  return useQuery({
    queryKey: ["workers"],
    queryFn: listWorkers,
    enabled,
    refetchInterval: ({ state }) => (state.data?.some((worker) => worker.state !== "starting") ? 15_000 : 1000),
  });
}

export function useRunLog(study: string, run: string | null) {
  return useQuery({ queryKey: ["log", study, run], queryFn: run === null ? skipToken : () => getLog(run) });
}

/** Users' own files are followed, so that what they bring may change while the page is open. */
export function useCatalog() {
  return useQuery({ queryKey: ["catalog"], queryFn: getCatalog, staleTime: 10_000 });
}

export function useExperiment(name: string) {
  return useQuery({ queryKey: ["experiment", name], queryFn: () => getExperiment(name), staleTime: 300_000 });
}

/** A named space or a ready-made study. */
export function useLibraryEntry(kind: "space" | "study", name: string) {
  const queryFn = () => (kind === "space" ? getSpace(name) : getReadyMadeStudy(name));
  return useQuery({ queryKey: ["library", kind, name], queryFn, staleTime: 300_000 });
}

export function useComponent(kind: string, name: string) {
  return useQuery({ queryKey: ["component", kind, name], queryFn: () => getComponent(kind, name), staleTime: 300_000 });
}

/** The curve of a schedule; the last one stays while the next is computed. */
export function useSchedulePreview(schedule: Record<string, unknown>, run: PreviewedRun) {
  return useQuery({
    queryKey: ["preview", schedule, run],
    queryFn: ({ signal }) => previewSchedule(schedule, run, signal),
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    gcTime: 30_000,
  });
}
