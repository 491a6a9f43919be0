/** What can be asked of a trial. */

import type { TrialAction } from "../../api/trials";
import type { Trial } from "../../api/types";

export function trialActionsFor({ state, excluded }: Pick<Trial, "state" | "excluded">): TrialAction[] {
  if (state === "WAITING" || state === "RUNNING") return ["cancel"];
  const counting: TrialAction = excluded ? "include" : "exclude";
  return state === "COMPLETED" ? [counting] : ["retry", counting];
}
