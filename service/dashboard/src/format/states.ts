/** What the states mean to the page. */

import type { Study, StudyState } from "../api/types";

/** Whether a study does nothing more unless somebody asks for more. */
export function hasEnded(state: StudyState): boolean {
  return state === "COMPLETED" || state === "STOPPED" || state === "FAILED";
}

/** Why nothing more starts; a study whose own runs keep the workers busy waits for nobody. */
export function waitOf({ waits_for: reason, counts }: Pick<Study, "waits_for" | "counts">): string {
  return reason.includes(OWN) || (reason.startsWith(TURN) && (counts.RUNNING ?? 0) > 0) ? "" : reason;
}

const OWN = "with this study";
const TURN = "waits ";

/** Why nothing more starts: a study that merely waits for its turn is not at fault. */
export function formatWait(reason: string): string {
  return reason.startsWith(TURN) ? `W${reason.slice(1)}` : `Nothing more starts: ${reason}`;
}

/** Why a study of the queue waits. */
export function formatTurn(reason: string): string {
  return reason.startsWith(TURN) ? reason : `waits: ${reason}`;
}
