/** The choices of a study, of whose levels one can be better than another. */

import type { Column, Parameters } from "../../format/columns";
import { categorical, cell } from "../../format/columns";

const MOST_NAMED = 4;

/** The first few of them: components before what stands within one. */
export function choicesOf(trials: readonly { readonly parameters: Parameters }[], columns: readonly Column[]): Column[] {
  const single = columns.filter(({ names }) => names.length === 1);
  const depth = ({ key }: Column) => key.split(".").length;
  return categorical(trials, single)
    .filter((column) => new Set(trials.map(({ parameters }) => cell(parameters, column)).filter((level) => level !== undefined)).size > 1)
    .sort((a, b) => depth(a) - depth(b))
    .slice(0, MOST_NAMED);
}
