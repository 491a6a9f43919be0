/** Small charts side by side: one for each value of a parameter, or of two in rows and columns, and for each half of a metric. */

import type { Group, Grouping } from "./groups";
import { crossed, crossedKey } from "./groups";
import type { Line, Part } from "../lines";

export interface Facet {
  readonly key: string;
  /** What its lines have in common; empty where there is only one chart. */
  readonly label: string;
  readonly lines: readonly Line[];
}

/** By what charts are divided. */
export interface Facetting {
  readonly columns: Grouping | null;
  readonly rows: Grouping | null;
  /** Both at once; null where nothing divides them. */
  readonly both: Grouping | null;
}

/** The charts in reading order, and how many of them a row has; null where they fill what room there is. */
export interface Facets {
  readonly charts: readonly Facet[];
  readonly perRow: number | null;
}

const HALVES: readonly Part[] = ["validation", "train", "only"];

export function facettingOf(columns: Grouping | null, rows: Grouping | null): Facetting {
  return { columns, rows, both: columns && rows ? crossed(rows, columns) : (columns ?? rows) };
}

/** The charts that have something to show, and in rows and columns those between them; a single one where nothing divides them and the halves are together. */
export function facetsOf(lines: readonly Line[], { columns, rows, both }: Facetting, apart: boolean): Facets {
  const facetOf = ({ band, trial }: Line) => (band ? band.facet : both?.of.get(trial)?.key);
  const among = ({ key, label }: Pick<Group, "key" | "label">) => ({ key, label, lines: lines.filter((line) => facetOf(line) === key) });
  const divided = (values: readonly Facet[]) => (apart ? halvesOf(values) : values);
  if (!both) return flowing(divided([{ key: "", label: "", lines }]));
  if (!rows) return flowing(divided(both.groups.map(among)));
  const down = columns ? cellsOf(rows, columns, new Set(lines.map(facetOf))) : rows.groups.map((row) => [row]);
  const shown = down.map((row) => row.map(among)).filter((row) => row.some((chart) => chart.lines.length > 0));
  const charts = divided(shown.flat());
  return charts.length === 0 ? flowing([]) : { charts, perRow: charts.length / shown.length };
}

/** The pairs of two parameters, row by row, without columns that nothing stands in. */
function cellsOf(rows: Grouping, columns: Grouping, seen: ReadonlySet<string | null | undefined>): Pick<Group, "key" | "label">[][] {
  const across = columns.groups.filter((column) => rows.groups.some((row) => seen.has(crossedKey(row.key, column.key))));
  return rows.groups.map((row) => across.map((column) => ({ key: crossedKey(row.key, column.key), label: `${row.label} · ${column.label}` })));
}

function flowing(charts: readonly Facet[]): Facets {
  const shown = charts.filter((facet) => facet.lines.length > 0);
  return { charts: shown.length > 0 ? shown : [{ key: "", label: "", lines: [] }], perRow: null };
}

/** Each chart once for every half that any of them has. */
function halvesOf(charts: readonly Facet[]): Facet[] {
  const halves = HALVES.filter((half) => charts.some(({ lines }) => lines.some(({ part }) => part === half)));
  return charts.flatMap(({ key, label, lines }) => halves.map((half) => ({ key: `${key} ${half}`, label: [label, half].filter(Boolean).join(", "), lines: lines.filter(({ part }) => part === half) })));
}
