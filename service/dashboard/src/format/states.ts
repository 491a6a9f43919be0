/** What the states mean to the page. */

import type { StudyState } from "../api/types";

/** Whether a study does nothing more unless somebody asks for more. */
export function hasEnded(state: StudyState): boolean {
  return state === "COMPLETED" || state === "STOPPED" || state === "FAILED";
}

/** Why nothing more starts: a study that merely waits for its turn is not at fault. */
export function formatWait(reason: string): string {
  return reason.startsWith("waits ") ? `W${reason.slice(1)}` : `Nothing more starts: ${reason}`;
}
