/** Metrics as people choose them: `train_loss` and `val_loss` are two halves of `loss`. */

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
  const groups = new Map<string, { -readonly [K in keyof MetricGroup]: MetricGroup[K] }>();
  for (const metric of metrics) {
    if (metric.startsWith("test_")) continue;
    const prefix = (Object.keys(PREFIXES) as (keyof typeof PREFIXES)[]).find((start) => metric.startsWith(start));
    const name = prefix ? metric.slice(prefix.length) : metric;
    const group = groups.get(name) ?? { name, train: null, validation: null, only: null };
    group[prefix ? PREFIXES[prefix] : "only"] = metric;
    groups.set(name, group);
  }
  const halves = (group: MetricGroup) => Number(group.train !== null) + Number(group.validation !== null);
  return [...groups.values()].sort((a, b) => halves(b) - halves(a) || a.name.localeCompare(b.name));
}

/** The group to show first: the objective's own, else the first there is. */
export function defaultGroup(groups: readonly MetricGroup[], objective: string): MetricGroup | undefined {
  return groups.find((group) => [group.train, group.validation, group.only].includes(objective)) ?? groups[0];
}
