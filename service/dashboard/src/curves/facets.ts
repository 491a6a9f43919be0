/** Small charts side by side: one for each value of a parameter, and for each half of a metric. */

import type { Grouping } from "./groups";
import type { Line, Part } from "./lines";

export interface Facet {
  readonly key: string;
  /** What its lines have in common; empty where there is only one chart. */
  readonly label: string;
  readonly lines: readonly Line[];
}

const HALVES: readonly Part[] = ["validation", "train", "only"];

/** The charts that have something to show; a single one without a parameter and with the halves together. */
export function facetsOf(lines: readonly Line[], by: Grouping | null, apart: boolean): Facet[] {
  const facetOf = ({ band, trial }: Line) => (band ? band.facet : by?.of.get(trial)?.key);
  const values = by ? by.groups.map(({ key, label }) => ({ key, label, lines: lines.filter((line) => facetOf(line) === key) })) : [{ key: "", label: "", lines }];
  const all = apart ? values.flatMap(intoHalves) : values;
  const shown = all.filter((facet) => facet.lines.length > 0);
  return shown.length > 0 ? shown : [{ key: "", label: "", lines: [] }];
}

function intoHalves({ key, label, lines }: Facet): Facet[] {
  return HALVES.map((half) => ({ key: `${key} ${half}`, label: [label, half].filter(Boolean).join(", "), lines: lines.filter(({ part }) => part === half) }));
}
