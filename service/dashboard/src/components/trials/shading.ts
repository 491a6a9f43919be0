/** A column's values as colors: numbers by their rank, so that one extreme does not make the others alike; words by name. */

import type { Trial } from "../../api/types";
import { formatParameter } from "../../format/parameters";
import type { TableColumn } from "./tableColumns";

/** How many different colors `theme.css` has for words. */
const HUES = 8;
const [FAINTEST, STRONGEST] = [4, 46];

/** Trial to the background of its cell. */
export function shadesOf(trials: readonly Trial[], { read }: TableColumn): ReadonlyMap<number, string> {
  const values = trials.map((trial) => [trial.number, read(trial)] as const).filter(([, value]) => value !== undefined && value !== null);
  if (values.every(([, value]) => typeof value === "number")) return byRank(values as [number, number][]);
  const words = [...new Set(values.map(([, value]) => formatParameter(value)))].sort();
  return new Map(values.map(([number, value]) => [number, `color-mix(in srgb, var(--hue-${(words.indexOf(formatParameter(value)) % HUES) + 1}) 26%, transparent)`]));
}

function byRank(values: readonly (readonly [number: number, value: number])[]): Map<number, string> {
  const ordered = [...new Set(values.map(([, value]) => value))].sort((a, b) => a - b);
  const shares = new Map(ordered.map((value, index) => [value, ordered.length === 1 ? 1 : index / (ordered.length - 1)]));
  const strength = (value: number) => Math.round(FAINTEST + (STRONGEST - FAINTEST) * (shares.get(value) ?? 0));
  return new Map(values.map(([number, value]) => [number, `color-mix(in srgb, var(--accent) ${strength(value)}%, transparent)`]));
}
