/** Metrics as people choose them: `train_loss` and `val_loss` are two halves of `loss`. */

import type { Loaded } from "./lines";

export interface MetricGroup {
  readonly name: string;
  /** Curves drawn dashed; absent when the metric has one half only. */
  readonly train: string | null;
  /** Curves drawn solid. */
  readonly validation: string | null;
  /** The one curve of a metric without halves, such as `lr`. */
  readonly only: string | null;
}

const PREFIXES = { train_: "train", val_: "validation" } as const;

/** The groups among the metrics a study has reported: those with two halves first, each kind in alphabetical order. */
export function groupMetrics(metrics: readonly string[]): MetricGroup[] {
  const halved = new Map<string, MetricGroup>();
  const whole: string[] = [];
  for (const metric of metrics) {
    if (metric.startsWith("test_")) continue;
    const prefix = (Object.keys(PREFIXES) as (keyof typeof PREFIXES)[]).find((start) => metric.startsWith(start));
    if (prefix === undefined) {
      whole.push(metric);
      continue;
    }
    const name = metric.slice(prefix.length);
    const group = halved.get(name) ?? { name, train: null, validation: null, only: null };
    halved.set(name, { ...group, [PREFIXES[prefix]]: metric });
  }
  const alone = whole.map((only) => ({ name: halved.has(only) ? `${only} (not split)` : only, train: null, validation: null, only }));
  return [...halved.values(), ...alone].sort((a, b) => halves(b) - halves(a) || a.name.localeCompare(b.name));
}

function halves(group: MetricGroup): number {
  return Number(group.train !== null) + Number(group.validation !== null);
}

/** The group to show first: the objective's own, else the first there is. */
export function defaultGroup(groups: readonly MetricGroup[], objective: string): MetricGroup | undefined {
  return groups.find((group) => [group.train, group.validation, group.only].includes(objective)) ?? groups[0];
}

/** The group's main metric, and the one whose curves may stand beside it. */
export function metricsOf({ train, validation, only }: MetricGroup): { readonly main: string | null; readonly beside: string | null } {
  return { main: validation ?? only ?? train, beside: validation === null ? null : train };
}

/**
 * What there is to draw of a group: nothing before its main half is there, and never that of another metric, which the
 * page may still hold while these are fetched.
 */
export function loadedParts<T extends { readonly metric: string }>(group: MetricGroup, main: T | undefined, beside: T | undefined): Loaded<T>[] {
  const wanted = metricsOf(group);
  if (main === undefined || main.metric !== wanted.main) return [];
  const loaded: Loaded<T>[] = beside !== undefined && beside.metric === wanted.beside ? [{ part: "train", data: beside }] : [];
  loaded.push({ part: group.validation ? "validation" : group.only ? "only" : "train", data: main });
  return loaded;
}
