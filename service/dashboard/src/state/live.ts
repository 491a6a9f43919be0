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
import { curvesKey, groupsKey, studyKeys } from "./queries";
import { throttle } from "./throttle";

const INTERVAL = 250;
/** More changed trials or runs than these are asked for as a whole. */
const FEW = 200;

/** Follow a study from the version that is shown. */
export function useLive(study: string, version: number): Connection {
  const client = useQueryClient();
  const stream = pageStream();

  useEffect(() => {
    let pending = noChanges();
    const work = throttle(async () => {
      const changes = pending;
      pending = noChanges();
      await refresh(client, study, changes);
    }, INTERVAL);
    const leave = stream.follow(study, version, (events) => {
      const known = new Set(client.getQueryData<StudyView>(["study", study])?.metrics);
      for (const event of events) note(pending, event, known);
      work.request();
    });
    return () => {
      leave();
      work.cancel();
    };
    // The version only says where to begin; what comes later is heard.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, study, stream]);

  return useSyncExternalStore(stream.subscribe, stream.snapshot);
}

async function refresh(client: QueryClient, study: string, changes: Changes): Promise<void> {
  if (changes.all || changes.trials.size > FEW) {
    await Promise.all([...studyKeys(study), curvesKey(study), groupsKey(study)].map((queryKey) => client.invalidateQueries({ queryKey })));
    return;
  }
  await Promise.all([
    changes.study && client.invalidateQueries({ queryKey: ["study", study] }),
    changes.trials.size > 0 && refreshTrials(client, study, [...changes.trials]),
    changes.runs.size > 0 && refreshCurves(client, study, changes.runs),
    changes.runs.size > 0 && client.invalidateQueries({ queryKey: groupsKey(study) }),
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
  await Promise.all([...details, client.invalidateQueries({ queryKey: ["matching", study] })]);
}

/** Fetch the changed runs' curves of each metric that is shown. */
async function refreshCurves(client: QueryClient, study: string, changed: ReadonlySet<string>): Promise<void> {
  const shown = client.getQueryCache().findAll({ queryKey: curvesKey(study), type: "active" });
  await Promise.all(
    shown.map(async ({ queryKey, state }) => {
      const [, , metric, runs, axis, whole] = queryKey as [string, string, string | null, readonly string[] | null, CurveAxis, boolean];
      if (metric === null) return;
      const wanted = runs === null ? [...changed] : runs.filter((run) => changed.has(run));
      if (wanted.length === 0) return;
      if (state.data === undefined || wanted.length > FEW) await client.invalidateQueries({ queryKey, exact: true });
      else {
        const fresh = await getCurves(study, metric, wanted, axis, whole);
        client.setQueryData<Curves>(queryKey, (all) => all && mergeCurves(all, fresh));
      }
    }),
  );
}
