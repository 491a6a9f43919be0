/** Live pages: the study's events say what changed, and only that is fetched again. */

import type { QueryClient } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { CurveAxis } from "../api/curves";
import { getCurves } from "../api/curves";
import { getTrials } from "../api/trials";
import type { Curves, StudyView, Trial } from "../api/types";
import type { Connection } from "../stream/messages";
import { pageStream } from "../stream/page";
import type { Changes } from "./changes";
import { noChanges, note } from "./changes";
import { mergeCurves, mergeTrials } from "./merging";
import { about, studyKeys } from "./queries";
import { throttle } from "./throttle";

const INTERVAL = 250;
/** More changed trials or runs than these are asked for as a whole. */
const FEW = 200;

/** Follow studies from the versions that are shown. */
export function useLive(studies: readonly Pick<StudyView, "name" | "version">[]): Connection {
  const client = useQueryClient();
  const stream = pageStream();
  const names = studies.map(({ name }) => name).join();

  useEffect(() => {
    const leaves = studies.map(({ name, version }) => follow(client, name, version));
    return () => leaves.forEach((leave) => leave());
    // The versions only say where to begin; what comes later is heard.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, names]);

  return useSyncExternalStore(stream.subscribe, stream.snapshot);
}

function follow(client: QueryClient, study: string, version: number): () => void {
  let pending = noChanges();
  const work = throttle(async () => {
    const changes = pending;
    pending = noChanges();
    await refresh(client, study, changes);
  }, INTERVAL);
  const leave = pageStream().follow(study, version, (events) => {
    const known = new Set(client.getQueryData<StudyView>(["study", study])?.metrics);
    for (const event of events) note(pending, event, known);
    work.request();
  });
  return () => {
    leave();
    work.cancel();
  };
}

async function refresh(client: QueryClient, study: string, changes: Changes): Promise<void> {
  if (changes.all || changes.trials.size > FEW) {
    await Promise.all([...studyKeys(study).map((queryKey) => ({ queryKey })), about("matching", study), about("curves", study), about("groups", study)].map((chosen) => client.invalidateQueries(chosen)));
    return;
  }
  await Promise.all([
    changes.study && client.invalidateQueries({ queryKey: ["study", study] }),
    changes.trials.size > 0 && refreshTrials(client, study, [...changes.trials]),
    changes.runs.size > 0 && refreshCurves(client, study, changes.runs),
    changes.runs.size > 0 && client.invalidateQueries(about("groups", study)),
  ]);
}

/** Fetch some trials anew; lists that wait for their first answer get them from it. */
export async function refreshTrials(client: QueryClient, study: string, numbers: readonly number[]): Promise<void> {
  const key = ["trials", study];
  const details = numbers.map((number) => client.invalidateQueries({ queryKey: ["trial", study, number] }));
  if (client.getQueryData(key) === undefined) await client.invalidateQueries({ queryKey: key });
  else {
    const changed = await getTrials(study, numbers);
    client.setQueryData<readonly Trial[]>(key, (all) => all && mergeTrials(all, changed));
  }
  await Promise.all([...details, client.invalidateQueries(about("matching", study))]);
}

/** Fetch the changed runs' curves of each metric that is shown. */
async function refreshCurves(client: QueryClient, study: string, changed: ReadonlySet<string>): Promise<void> {
  const shown = client.getQueryCache().findAll({ ...about("curves", study), type: "active" });
  await Promise.all(
    shown.map(async ({ queryKey, state }) => {
      const [, studies, metric, runs, axis, whole] = queryKey as unknown as [string, readonly string[], string | null, readonly string[] | null, CurveAxis, boolean];
      if (metric === null) return;
      const wanted = runs === null ? [...changed] : runs.filter((run) => changed.has(run));
      if (wanted.length === 0) return;
      if (state.data === undefined || wanted.length > FEW) await client.invalidateQueries({ queryKey, exact: true });
      else {
        const fresh = await getCurves(studies, metric, wanted, axis, whole);
        client.setQueryData<Curves>(queryKey, (all) => all && mergeCurves(all, fresh));
      }
    }),
  );
}
