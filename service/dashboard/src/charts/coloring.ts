/** Which color each trial has when curves are colored by a parameter. */

import type { Trial } from "../api/types";
import type { Column } from "../format/columns";
import { cell } from "../format/columns";
import { formatParameter } from "../format/parameters";

export interface Category {
  readonly label: string;
  readonly color: string;
  readonly count: number;
}

export interface Coloring {
  readonly categories: readonly Category[];
  readonly colors: ReadonlyMap<number, string>;
}

/** One color for each value, in the order of their names, so that a color does not change as trials arrive. */
export function colorBy(trials: readonly Trial[], column: Column, palette: readonly string[]): Coloring {
  const counts = new Map<string, number>();
  const labels = new Map<number, string>();
  for (const { number, parameters } of trials) {
    const label = formatParameter(cell(parameters, column)) || "not set";
    labels.set(number, label);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const ordered = [...counts.keys()].sort((a, b) => a.localeCompare(b));
  const color = (label: string) => palette[ordered.indexOf(label) % palette.length] as string;
  return {
    categories: ordered.map((label) => ({ label, color: color(label), count: counts.get(label) as number })),
    colors: new Map([...labels].map(([number, label]) => [number, color(label)])),
  };
}
