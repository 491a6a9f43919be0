/** Answers for tests. */

import type { Trial } from "./types";

/** A completed trial as the service shows it. */
export function trialOf(number: number, value: number | null, changes: Partial<Trial> = {}): Trial {
  return {
    number, value, values: value === null ? [] : [value], infeasible: false, state: "COMPLETED", study: "st", reason: "", waits_for: "", replicates: null, metrics: {},
    parameters: {}, distributions: null, excluded: false, queued: false, retry_of: null, notes: "", tags: [], mlflow_error: null, best: false, run_ids: [`run_${number}`],
    created_at: "2026-01-01T00:00:00Z", started_at: null, ended_at: null, links: { self: "", mlflow: null }, ...changes,
  };
}
