/** Live pages: the study's events say what changed, and only that is fetched again. */

import type { QueryClient, QueryFilters } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { getTrials } from "../../api/trials";
import type { StudyView, Trial } from "../../api/types";
import type { Connection } from "../../stream/messages";
import { pageStream } from "../../stream/page";
import type { Changes } from "./changes";
import { mergeTrials } from "./merging";
import { about, judgedKeys, studyKeys } from "../queries";
import { refreshing } from "./refreshing";

/** More changed trials than these are asked for as a whole. */
const FEW = 200;

type Followed = Pick<StudyView, "name" | "version" | "counts">;

/** Follow studies from the versions that are shown. */
export function useLive(studies: readonly Followed[]): Connection {
  const client = useQueryClient();
  const stream = pageStream();
  const names = studies.map(({ name }) => name).join();

  useEffect(() => {
    const leaves = studies.map((study) => follow(client, study));
    return () => leaves.forEach((leave) => leave());
    // The versions only say where to begin; what comes later is heard.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, names]);

  return useSyncExternalStore(stream.subscribe, stream.snapshot);
}

function follow(client: QueryClient, { name: study, version, counts }: Followed): () => void {
  const work = refreshing((changes) => refresh(client, study, changes), () => leaveStale(client, study));
  const leave = pageStream().follow(study, version, (events) => {
    work.take(events, new Set(client.getQueryData<StudyView>(["study", study])?.metrics));
  });
  catchUp(client, study, counts).catch(() => client.invalidateQueries({ queryKey: ["trials", study] }));
  return () => {
    leave();
    work.stop();
  };
}

/** Everything about a study but its logs. */
function allOf(study: string): readonly QueryFilters[] {
  return [...studyKeys(study).map((queryKey) => ({ queryKey })), about("matching", study), about("curves", study), about("groups", study)];
}

/** Whoever shows them next asks for them again, though nothing tells that they have changed. */
function leaveStale(client: QueryClient, study: string): void {
  for (const kept of allOf(study)) void client.invalidateQueries({ ...kept, refetchType: "none" });
}

/** Ask again, behind what is on its way: that answer may be older than the change, and a first one would be taken for this one. */
async function askAgain(client: QueryClient, filters: QueryFilters): Promise<void> {
  await underWay(client, filters);
  await client.invalidateQueries(filters, { cancelRefetch: false });  // what is on its way by now was asked after the change
}

/** Until what is being fetched is there, or has failed. */
async function underWay(client: QueryClient, filters: QueryFilters): Promise<void> {
  const fetching = client.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" });
  await Promise.allSettled(fetching.map(({ promise }) => promise));
}

/** Fetch what has changed. */
export async function refresh(client: QueryClient, study: string, changes: Changes): Promise<void> {
  // Answers may take long, and nothing waits for them.
  if (changes.counting) for (const queryKey of judgedKeys(study)) void askAgain(client, { queryKey });
  if (changes.all || changes.trials.size > FEW) {
    await Promise.all(allOf(study).map((kept) => askAgain(client, kept)));
    return;
  }
  await Promise.all([
    changes.study && askAgain(client, { queryKey: ["study", study] }),
    changes.trials.size > 0 && refreshTrials(client, study, [...changes.trials]),
    changes.runs.size > 0 && refreshCurves(client, study, changes.runs),
    changes.runs.size > 0 && askAgain(client, about("groups", study)),
  ]);
}

/** Fetch some trials anew; a list that is on its way may have been made before they changed, and gets them after it. */
export async function refreshTrials(client: QueryClient, study: string, numbers: readonly number[]): Promise<void> {
  const key = ["trials", study];
  const details = numbers.map((number) => askAgain(client, { queryKey: ["trial", study, number] }));
  await underWay(client, { queryKey: key });
  if (client.getQueryData(key) === undefined) await client.invalidateQueries({ queryKey: key });
  else {
    const changed = await getTrials(study, numbers);
    client.setQueryData<readonly Trial[]>(key, (all) => all && mergeTrials(all, changed));
  }
  await Promise.all([...details, askAgain(client, about("matching", study))]);
}

/**
 * Fetch the trials that may have changed after they were listed and before the study was read: of that no event tells,
 * because events are heard from the study's version on. They are those that had not ended, and those that are new.
 */
export async function catchUp(client: QueryClient, study: string, counts: Followed["counts"]): Promise<void> {
  const key = ["trials", study];
  await underWay(client, { queryKey: key });
  const listed = client.getQueryData<readonly Trial[]>(key);
  if (listed === undefined) return;
  const next = (listed.at(-1)?.number ?? -1) + 1;
  const n = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const goingOn = listed.filter(({ state }) => state === "WAITING" || state === "RUNNING").map(({ number }) => number);
  const numbers = [...goingOn, ...Array.from({ length: Math.max(0, n - listed.length) }, (_, place) => next + place)];
  if (numbers.length > FEW) await client.invalidateQueries({ queryKey: key }, { throwOnError: true });
  else if (numbers.length > 0) await refreshTrials(client, study, numbers);
}

/** Fetch what is new of each metric whose curves are shown; what was shown before is asked for again where it comes back. */
async function refreshCurves(client: QueryClient, study: string, changed: ReadonlySet<string>): Promise<void> {
  await client.invalidateQueries({ ...about("curves", study), type: "inactive", refetchType: "none" });
  const shown = client.getQueryCache().findAll({ ...about("curves", study), type: "active" });
  await Promise.all(
    shown.map(async ({ queryKey }) => {
      const runs = queryKey[3] as readonly string[] | null;
      if (runs !== null && !runs.some((run) => changed.has(run))) return;
      await underWay(client, { queryKey, exact: true });
      // What another study has asked for meanwhile was asked after this change.
      await client.invalidateQueries({ queryKey, exact: true }, { cancelRefetch: false, throwOnError: true });
    }),
  );
}
