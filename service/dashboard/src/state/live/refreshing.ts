/** Changes collected until they are fetched, so that none is lost when a fetch fails or the page goes. */

import type { StudyEvent } from "../../stream/messages";
import type { Changes } from "./changes";
import { add, hasChanges, noChanges, note } from "./changes";
import { throttle } from "./throttle";

const INTERVAL = 250;
const [FIRST_RETRY, LAST_RETRY] = [1000, 30_000];

export interface Refreshing {
  /** Refresh soon by what these events tell; `metrics` are those that the study is known to have. */
  take(events: readonly StudyEvent[], metrics: ReadonlySet<string>): void;
  stop(): void;
}

/** `leaveStale` is called when something is not refreshed at the stop: whoever shows it next must ask anew. */
export function refreshing(refresh: (changes: Changes) => Promise<unknown>, leaveStale: () => void): Refreshing {
  let pending = noChanges();
  let stopped = false;
  let running = false;
  let pause = FIRST_RETRY;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const work = throttle(async () => {
    clearTimeout(retry);
    const changes = pending;
    pending = noChanges();
    running = true;
    try {
      await refresh(changes);
      pause = FIRST_RETRY;
    } catch {
      keep(changes);
    } finally {
      running = false;
    }
  }, INTERVAL);

  /** No event tells of these changes again, so that a refresh that failed is not left to the next one. */
  function keep(changes: Changes): void {
    add(pending, changes);
    if (stopped) return;
    retry = setTimeout(work.request, pause);
    pause = Math.min(2 * pause, LAST_RETRY);
  }

  return {
    take(events, metrics) {
      for (const event of events) note(pending, event, metrics);
      work.request();
    },
    stop() {
      stopped = true;
      clearTimeout(retry);
      work.cancel();
      if (running || hasChanges(pending)) leaveStale();
    },
  };
}
