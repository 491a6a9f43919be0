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

const ENDED = ["COMPLETED", "PRUNED", "FAILED", "CANCELLED"] as const;

/**
 * How much of a bar each state has, out of 1. Trials of several runs have as much of it together as runs have ended, so
 * that those that have just begun do not look half done.
 */
export function sharesOf({ counts, progress }: Pick<Study, "counts" | "progress">): Readonly<Record<string, number>> {
  const { runs_done: done, runs_total: all, runs_per_trial: each } = progress;
  const n_ended = ENDED.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const running = counts.RUNNING ?? 0;
  const inRuns = each > 1 && typeof all === "number" && all > 0;
  const ofRunning = inRuns ? Math.max(0, done - n_ended * each) / all : running / Math.max(progress.total ?? 0, n_ended + running, 1);
  const ofEnded = inRuns ? Math.min(1, done / all) - ofRunning : n_ended / Math.max(progress.total ?? 0, n_ended + running, 1);
  const shares = ENDED.map((state) => [state, n_ended === 0 ? 0 : (ofEnded * (counts[state] ?? 0)) / n_ended]);
  return Object.fromEntries([...shares, ["RUNNING", ofRunning]]);
}
