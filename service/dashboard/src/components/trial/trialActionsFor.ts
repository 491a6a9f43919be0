/** What can be asked of a trial. */

import type { TrialAction } from "../../api/trials";
import type { Trial } from "../../api/types";

/** No trial joins a population later, so that none of its members is repeated there. */
export function trialActionsFor({ state, excluded }: Pick<Trial, "state" | "excluded">, isMember: boolean): TrialAction[] {
  if (state === "WAITING" || state === "RUNNING") return ["cancel"];
  const counting: TrialAction = excluded ? "include" : "exclude";
  return state === "COMPLETED" || isMember ? [counting] : ["retry", counting];
}
