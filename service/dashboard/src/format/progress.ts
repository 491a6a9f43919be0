/** How far a study is, in words. */

import type { Study } from "../api/types";
import { formatCount, plural } from "./numbers";
import { formatDuration } from "./times";

type Progress = Study["progress"];

/** `4 of 60 runs`. */
export function formatRunsDone({ runs_done, runs_total }: Progress): string {
  return typeof runs_total === "number" ? `${formatCount(runs_done)} of ${plural(runs_total, "run")}` : plural(runs_done, "run");
}

/** `about 6 s left`; nothing where that is not known. */
export function formatLeft({ eta_seconds: left }: Progress): string {
  return typeof left === "number" && left > 0 ? `about ${formatDuration(left)} left` : "";
}

/** `12 of 30 runs, about 6 s left`, of a study that trains; else what it does instead. */
export function formatUnderWay({ state, progress }: Pick<Study, "state" | "progress">): string {
  if (state !== "RUNNING") return [state.toLowerCase(), ...(progress.runs_done > 0 ? [formatRunsDone(progress)] : [])].join(", ");
  return [formatRunsDone(progress), formatLeft(progress)].filter(Boolean).join(", ");
}
