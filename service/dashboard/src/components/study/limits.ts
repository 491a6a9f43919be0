/** From what a reader typed to the changes that are asked for. */

import type { StudyChanges } from "../../api/studies";
import type { Study } from "../../api/types";

export const BUDGETS = ["hours", "epochs", "cpu_hours", "gpu_hours"] as const;
type BudgetName = (typeof BUDGETS)[number];

export type Draft = Readonly<Record<"max_trials" | "max_concurrent_trials" | "priority" | BudgetName, string>>;
type Limited = Pick<Study, "max_trials" | "max_concurrent_trials" | "priority" | "budget">;

export function draftOf({ max_trials, max_concurrent_trials, priority, budget }: Limited): Draft {
  const text = (value: number | null | undefined) => (value === null || value === undefined ? "" : String(value));
  return {
    max_trials: text(max_trials),
    max_concurrent_trials: text(max_concurrent_trials),
    priority: text(priority),
    hours: text(budget["hours"]),
    epochs: text(budget["epochs"]),
    cpu_hours: text(budget["cpu_hours"]),
    gpu_hours: text(budget["gpu_hours"]),
  };
}

/** Only what differs from the study; what is no number goes to the server as it is, which says what is wrong with it. */
export function changesOf(study: Limited, draft: Draft): StudyChanges {
  const before = draftOf(study);
  const differs = (name: keyof Draft) => before[name] !== draft[name].trim();
  const simple = (["max_trials", "max_concurrent_trials", "priority"] as const).filter(differs).map((name) => [name, valueOf(draft[name])]);
  if (!BUDGETS.some(differs)) return Object.fromEntries(simple) as StudyChanges;
  const limits = BUDGETS.filter((name) => draft[name].trim() !== "").map((name) => [name, valueOf(draft[name])]);
  return Object.fromEntries([...simple, ["budget", limits.length > 0 ? Object.fromEntries(limits) : null]]) as StudyChanges;
}

function valueOf(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}
