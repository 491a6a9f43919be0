/** What can be asked of a study. */

import type { Study } from "../../api/types";
import { hasEnded } from "../../format/states";

export type Action = "pause" | "resume" | "stop" | "delete";

/** What makes sense now; the engine decides, so a button never pretends that it has happened. */
export function actionsFor({ state, desired, stop_running }: Pick<Study, "state" | "desired" | "stop_running">): Action[] {
  if (desired === "deleted") return [];
  if (hasEnded(state)) return state === "FAILED" || (state === "STOPPED" && desired !== "running") ? ["resume", "delete"] : ["delete"];
  if (desired === "running") return ["pause", "stop", "delete"];
  const hastened = desired === "stopped" && stop_running === "checkpoint";
  return hastened ? ["resume", "delete"] : ["resume", "stop", "delete"];
}
