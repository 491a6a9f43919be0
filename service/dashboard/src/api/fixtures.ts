/** Trials for tests. */

import type { Trial } from "./types";

/** A completed trial of one objective, with changes. */
export function trialOf(number: number, value: number | null, changes: Partial<Trial> = {}): Trial {
  return {
    number, value, values: value === null ? [] : [value], state: "COMPLETED", study: "st", reason: "", waits_for: "", replicates: null, metrics: {}, parameters: {}, distributions: null,
    queued: false, infeasible: false, excluded: false, retry_of: null, notes: "", tags: [], mlflow_error: null, best: false, run_ids: [`run_${number}`],
    created_at: "2026-01-01T00:00:00Z", started_at: null, ended_at: null, links: { self: "", mlflow: null }, ...changes,
  };
}
