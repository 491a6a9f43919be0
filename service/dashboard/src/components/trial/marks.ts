/** Where, on a trial's curve, something happened to its run. */

import type { Mark } from "../../charts/RunsChart";
import type { TrialView } from "../../api/types";
import { columnKey } from "../../format/columns";
import { formatNumber } from "../../format/numbers";

type Step = TrialView["history"][number];
export type Values = Step["values"];

export interface Change {
  readonly name: string;
  /** Undefined for the first value of a parameter. */
  readonly before: number | undefined;
  readonly after: number;
}

/** What each decision changed of the values in force before it; `first` holds from the first epoch on. */
export function changesOf(history: readonly Step[], first: Values): (Step & { readonly changes: readonly Change[] })[] {
  let before = first;
  return history.map((step) => {
    const changes = Object.entries(step.values).flatMap(([name, after]) => (before[name] === after ? [] : [{ name, before: before[name], after }]));
    before = step.values;
    return { ...step, changes };
  });
}

/** `optimizer.lr 0.01 → 0.0125`. */
export function formatChange({ name, before, after }: Change): string {
  return before === undefined ? `${name} ${formatNumber(after)}` : `${name} ${formatNumber(before)} → ${formatNumber(after)}`;
}

/** The decisions that changed something, at their epochs: whose checkpoint was taken over, or that values changed alone. */
export function marksOf(history: readonly Step[], first: Values): Mark[] {
  return changesOf(history, first)
    .filter(({ takes_over, changes }) => takes_over || changes.length > 0)
    .map(({ epoch, takes_over, from_trial }) => ({ x: epoch, text: takes_over ? `from trial ${from_trial}` : "values changed" }));
}

/** The values that vary, as a member began with them: its sampled parameters, by their places in the config. */
export function firstValues({ history, parameters }: Pick<TrialView, "history" | "parameters">): Values {
  const names = new Set(Object.keys(history[0]?.values ?? {}));
  const found = Object.entries(parameters).map(([name, value]) => [columnKey(name), value] as const);
  return Object.fromEntries(found.filter((entry): entry is readonly [string, number] => names.has(entry[0]) && typeof entry[1] === "number"));
}

export interface Scheduled {
  readonly after_epoch: number;
  readonly values: Values;
}

/** The values that were trained with, epoch by epoch, by the configuration of a member; none of other trials. */
export function scheduleOf(config: TrialView["config"]): readonly Scheduled[] {
  const { changes } = (config["training"] ?? {}) as { readonly changes?: readonly Scheduled[] };
  return changes ?? [];
}
