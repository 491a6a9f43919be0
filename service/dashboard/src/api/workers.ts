/** Calls about workers. */

import { client, dataOf } from "./client";

/** The workers, what waits for them, and the processes that ask samplers. */
export function getWorkers() {
  return dataOf(client.GET("/api/v1/workers"));
}

/** What ran where when: of a study, or of all in the last hour. */
export function getTimeline(study: string | null) {
  return dataOf(study === null ? client.GET("/api/v1/workers/timeline") : client.GET("/api/v1/studies/{study}/timeline", { params: { path: { study } } }));
}
