/** What the states mean to the page. */

import type { StudyState } from "../api/types";

/** Whether a study does nothing more unless somebody asks for more. */
export function hasEnded(state: StudyState): boolean {
  return state === "COMPLETED" || state === "STOPPED" || state === "FAILED";
}
