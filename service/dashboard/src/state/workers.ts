/** What the pages read about workers. */

import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { getTimeline, getWorkers } from "../api/workers";

const SELDOM = 15_000;

/** The workers there are now, asked for every second until one is warm, and then as often as is said. */
export function useWorkers(enabled: boolean, interval = SELDOM) {
  return useQuery({
    queryKey: ["workers"],
    queryFn: enabled ? getWorkers : skipToken,
    refetchInterval: ({ state }) => (state.data?.items.some((worker) => worker.state !== "starting") ? interval : 1000),
  });
}

/** What ran where when: of a study, or of all in the last hour; asked for again while something may still run. `at` is when that was so. */
export function useTimeline(study: string | null, live: boolean) {
  return useQuery({
    queryKey: ["timeline", study, live],
    queryFn: async () => ({ ...(await getTimeline(study)), at: Date.now() }),
    placeholderData: keepPreviousData,
    refetchInterval: live ? 5000 : false,
  });
}
