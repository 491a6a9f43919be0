/** What the pages read from the server, and under which keys it is kept. */

import type { Query, QueryKey } from "@tanstack/react-query";
import { hashKey, keepPreviousData, skipToken, useInfiniteQuery, usePrefetchQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { PreviewedRun } from "../api/catalog";
import { getCatalog, getComponent, getExperiment, getReadyMadeStudy, getSpace, previewSchedule } from "../api/catalog";
import { compare, getRanking } from "../api/answers";
import { isGone } from "../api/client";
import type { Aggregation, CurveAxis, Stretch } from "../api/curves";
import { getCurveGroups, getCurves } from "../api/curves";
import type { LogPiece } from "../api/runs";
import { getAttempts, getLog } from "../api/runs";
import type { StudySearch } from "../api/studies";
import { getImprovements, getStudy, listStudies } from "../api/studies";
import { allTrials, getSummaries, getTrial, matchingTrials } from "../api/trials";
import type { Curves, Run, Study, StudyState, StudyView } from "../api/types";
import { hasEnded } from "../format/states";
import { followed } from "./live/tails";

const LOG_INTERVAL = 1000;
const ACTIVE: readonly StudyState[] = ["QUEUED", "RUNNING", "PAUSED"];

/** What is kept of several studies together, by its kind: `curves`; `groups`, what is put together over all runs of groups; `matching`. */
type Shared = "curves" | "groups" | "matching";

/** Chooses what is kept of a kind about a study, alone or among others. */
export const about = (kind: Shared, study: string) => ({
  predicate: ({ queryKey: [found, studies] }: Query) => found === kind && (studies as readonly string[]).includes(study),
});

/** The keys of everything about a study alone but its logs. */
export const studyKeys = (study: string) => [["study", study], ["trials", study], ["trial", study], ["summaries", study]] as const;

/** The keys of what is found in all trials that count together. Answers may be of several studies. */
export const judgedKeys = (study: string) => [["insight", study], ["improvements", study], ["answer"]] as const;

/** The list, asked for again every few seconds, and less often while no study runs. */
export function useStudies(search: StudySearch) {
  return useInfiniteQuery({
    queryKey: ["studies", search],
    queryFn: ({ pageParam }) => listStudies(pageParam, search),
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((study) => ACTIVE.includes(study.state) || study.confirmations_open > 0)) ? 2000 : 5000,
  });
}

/** How a study's best value came about; it is asked for again when a trial has completed. */
export function useImprovements({ name, counts, best }: Study) {
  return useQuery({
    queryKey: ["improvements", name, counts.COMPLETED, best?.value],
    queryFn: counts.COMPLETED > 1 ? () => getImprovements(name) : skipToken,
    placeholderData: (shown, query) => (query?.queryKey[1] === name ? shown : undefined),
    staleTime: Infinity,
  });
}

export function useStudy(study: string) {
  return useQuery(studyQuery(study));
}

/** Several studies, each as far as it is known. */
export function useNamedStudies(studies: readonly string[]) {
  return useQueries({ queries: studies.map(studyQuery), combine: outcomes });
}

function studyQuery(study: string) {
  return { queryKey: ["study", study], queryFn: () => getStudy(study) };
}

/** Every trial; the stream keeps them up to date one by one, so that they are never fetched again as a whole. */
export function useTrials(study: string) {
  return useQuery(trialsQuery(study));
}

/** Ask for the trials before it is known what they are of: both answers are needed for a first view. */
export function useTrialsBeforehand(study: string): void {
  usePrefetchQuery(trialsQuery(study));
}

export function useTrialsOf(studies: readonly string[]) {
  return useQueries({ queries: studies.map(trialsQuery), combine: outcomes });
}

function trialsQuery(study: string) {
  return { queryKey: ["trials", study], queryFn: () => allTrials(study), staleTime: Infinity, structuralSharing: false };
}

function outcomes<T>(results: readonly { readonly data: T | undefined; readonly error: Error | null }[]) {
  return results.map(({ data, error }) => ({ data, error }));
}

/** Of each study the numbers of the trials that a filter chooses; those before stay while others are asked for. */
export function useMatching(studies: readonly string[], filter: string | null) {
  return useQuery<readonly ReadonlySet<number>[]>({
    ...matchingQuery(studies, filter ?? ""),
    ...(filter === null && { queryFn: skipToken }),
    placeholderData: (shown, query) => (isOf(studies, query?.queryKey[1] as readonly string[] | undefined) ? shown : undefined),
  });
}

/** Asks what a filter chooses before it is chosen itself; whoever chooses it then has the answer. */
export function useFilterTrial(studies: readonly string[]): (filter: string) => { readonly answered: Promise<unknown>; readonly cancel: () => void } {
  const client = useQueryClient();
  const names = studies.join("\n");  // studies are named anew with every render
  return useCallback(
    (filter) => {
      const query = matchingQuery(names.split("\n"), filter);
      return { answered: client.fetchQuery(query), cancel: () => void client.cancelQueries({ queryKey: query.queryKey, exact: true }) };
    },
    [client, names],
  );
}

function matchingQuery(studies: readonly string[], filter: string) {
  return {
    queryKey: ["matching", studies, filter] as const,
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => Promise.all(studies.map((study) => matchingTrials(study, filter, signal).then((numbers) => new Set(numbers)))),
    structuralSharing: false,
    gcTime: 30_000,
  };
}

/** What the curves of some metrics came to; fetched anew now and then while runs go on, and once more when they have ended. */
export function useSummaries(study: string, metrics: readonly string[], live: boolean) {
  const client = useQueryClient();
  const wasLive = useRef(live);
  useEffect(() => {
    if (wasLive.current && !live) void client.invalidateQueries({ queryKey: ["summaries", study] });
    wasLive.current = live;
  }, [client, study, live]);
  return useQueries({
    queries: metrics.map((metric) => ({
      queryKey: ["summaries", study, metric],
      queryFn: ({ signal }: { signal: AbortSignal }) => getSummaries(study, metric, signal),
      refetchInterval: live ? 5000 : (false as const),
      staleTime: live ? 0 : Infinity,
      gcTime: live ? 0 : 300_000,  // whoever comes back after the end must not find what was so far
    })),
    combine: (results) => results.map(({ data }) => data),
  });
}

export function useTrial(study: string, number: number | null) {
  return useQuery({ queryKey: ["trial", study, number], queryFn: number === null ? skipToken : () => getTrial(study, number) });
}

/** One metric's curves of all or of the given runs, or a stretch of them; what was shown of the studies before stays while others are fetched. */
export function useCurves(studies: readonly string[], metric: string | null, runs: readonly string[] | null, axis: CurveAxis = "epoch", stretch: Stretch | null = null) {
  const client = useQueryClient();
  const key = ["curves", studies, metric, runs, axis, stretch] as const;
  return useQuery({
    queryKey: key,
    queryFn: metric === null ? skipToken : () => {
      const [kept, wanted] = [client.getQueryData<Curves>(key), { studies, metric, runs, axis, stretch }];
      return kept ? followed(kept, wanted) : getCurves(wanted);
    },
    placeholderData: (shown, query) => (isOf(studies, query?.queryKey[1]) && query?.queryKey[4] === axis ? shown : undefined),
    staleTime: 30_000,  // the stream brings what changes
    gcTime: 30_000,
  });
}

/** One metric's middles and bands; nothing is asked for where no group has runs to be put together. */
export function useCurveGroups(studies: readonly string[], metric: string | null, groups: Readonly<Record<string, readonly string[]>>, how: Aggregation) {
  const wanted = metric !== null && Object.keys(groups).length > 0;
  const query = useQuery({
    queryKey: ["groups", studies, metric, groups, how] as const,
    queryFn: wanted ? () => getCurveGroups(metric, groups, how) : skipToken,
    placeholderData: (shown, previous) => (wanted && isOf(studies, previous?.queryKey[1]) && previous?.queryKey[4].x === how.x ? shown : undefined),
    staleTime: 30_000,
    gcTime: 30_000,
  });
  return { data: wanted ? query.data : undefined, error: query.error, isPending: wanted && query.isPending, isPlaceholderData: query.isPlaceholderData };
}

function isOf(studies: readonly string[], others: readonly string[] = []): boolean {
  return studies.join() === others.join();
}

/** The confirmations of a study, or of that which it confirms: what they decide, it answers by. */
export interface Confirmations {
  /** Those that have ended, and those that go on; the newest last. */
  readonly ended: readonly StudyView[];
  readonly open: readonly StudyView[];
  /** All studies that have to do with these answers, besides the one that is asked about. */
  readonly others: readonly StudyView[];
  /** Whether it is known which there are. */
  readonly known: boolean;
}

export function useConfirmations(study: Confirmed | null): Confirmations {
  const of = study?.confirms ? [study.confirms.study] : [];
  const [confirmed] = useNamedStudies(of);
  const names = confirmed?.data?.confirmations ?? study?.confirmations ?? [];
  const found = useNamedStudies(names);
  return useMemo(() => {
    const all = found.flatMap(({ data, error }) => (data && !isGone(error) ? data : []));
    const isKnown = [...(confirmed ? [confirmed] : []), ...found].every(({ data, error }) => data !== undefined || error !== null);
    return {
      ended: all.filter(({ state }) => hasEnded(state)),
      open: all.filter(({ state }) => !hasEnded(state)),
      others: [...(confirmed?.data ? [confirmed.data] : []), ...all].filter(({ name }) => name !== study?.name),
      known: isKnown,
    };
  }, [confirmed, found, study?.name]);
}

/** What the ranking says; asked for again as trials complete, less often the more there are, and as confirmations end. */
export function useRanking(study: Ranked & Confirmed) {
  const confirmations = useConfirmations(study);
  const key = rankingKey(study, confirmations);
  return useQuery({
    queryKey: key,
    queryFn: confirmations.known ? () => getRanking(study.name) : skipToken,
    placeholderData: (shown, query) => (isJudgedAlike(key, query?.queryKey) ? shown : undefined),
    staleTime: 60_000,
  });
}

/** The levels of a choice, or several studies, against one of them; nothing is asked where there is nothing to compare. */
export function useComparison(studies: readonly (Ranked & Confirmed)[], by: string | null, reference: string | null) {
  const names = studies.map(({ name }) => name);
  const confirmations = useConfirmations(by === null ? null : (studies[0] ?? null));
  const key = comparisonKey(studies, by, reference, confirmations);
  return useQuery({
    queryKey: key,
    queryFn: confirmations.known && (by !== null || names.length > 1) ? () => compare(names, by, reference) : skipToken,
    placeholderData: (shown, query) => (isJudgedAlike(key, query?.queryKey) ? shown : undefined),
    staleTime: 60_000,
  });
}

type Ranked = Pick<Study, "name" | "state"> & { readonly counts: Pick<Study["counts"], "COMPLETED"> };
type Confirmed = Pick<StudyView, "name" | "confirms" | "confirmations">;
type Judges = { readonly [group in "ended" | "open"]: readonly Pick<Study, "name">[] };

/** With the state of each, because a study tells more once it has ended. */
export function comparisonKey(studies: readonly Ranked[], by: string | null, reference: string | null, { ended, open }: Judges) {
  const completed = studies.reduce((sum, { counts }) => sum + counts.COMPLETED, 0);
  return ["answer", namesOf(studies), by, namesOf(ended), reference, namesOf(open), seldom(completed), studies.map(({ state }) => state)] as const;
}

/** A confirmation is looked at once it has ended, which is after its last trial completed. */
export function rankingKey({ name, state, counts }: Ranked, { ended, open }: Judges) {
  return ["answer", [name], "ranking", namesOf(ended), namesOf(open), seldom(counts.COMPLETED), state] as const;
}

/**
 * Whether two answers are to the same question by the same ended confirmations: one may then stand while the other is asked for. So
 * may one that compares with another level, which it names; what it was chosen with stays in place.
 */
export function isJudgedAlike(key: QueryKey, other: QueryKey | undefined): boolean {
  return other !== undefined && hashKey(key.slice(0, JUDGED)) === hashKey(other.slice(0, JUDGED));
}

/** So many parts of an answer's key tell what is asked, and which confirmations have decided. */
const JUDGED = 4;

function namesOf(studies: readonly Pick<Study, "name">[]): string[] {
  return studies.map(({ name }) => name);
}

/** Changes with each of the first trials, and then with every tenth or hundredth. */
function seldom(completed: number): number {
  return Number(completed.toPrecision(2));
}

/** A run's log; while the run goes on, what is new at its end is fetched again and again. */
export function useRunLog(run: Run | undefined) {
  const client = useQueryClient();
  const [id, state] = [run?.id, run?.state];
  const key = ["log", id];
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["log", id] });  // when it ends, what it wrote last is not there yet
  }, [client, id, state]);
  return useQuery({
    queryKey: key,
    queryFn: run === undefined ? skipToken : async () => {
      const shown = client.getQueryData<LogPiece>(key);
      const piece = await getLog(run.id, shown?.bytes ?? 0);
      return { text: (shown?.text ?? "") + piece.text, bytes: (shown?.bytes ?? 0) + piece.bytes };
    },
    refetchInterval: state === "RUNNING" ? LOG_INTERVAL : false,
  });
}

export function useAttempts(run: Run | undefined) {
  return useQuery({
    queryKey: ["attempts", run?.id, run?.attempt, run?.state],
    queryFn: run === undefined ? skipToken : () => getAttempts(run.id),
    placeholderData: keepPreviousData,
  });
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
