/** What the reader chose for the table of trials; all of it stands in the page's address. */

import { useCallback, useMemo } from "react";
import type { Fields } from "./address";
import { flag, format, parse, text, texts } from "./address";
import { useSearchParams } from "./parameters";

export interface TableView {
  /** Key of the column that sorts, with a minus for the other direction than the column's own; null for the objective. */
  readonly sort: string | null;
  /** Keys of columns beyond those that are there at first. */
  readonly added: readonly string[];
  /** Keys of columns that are there at first and are not wanted. */
  readonly removed: readonly string[];
  /** Columns of parameters that are the same in all trials. */
  readonly same: boolean;
  /** Key of the column whose values are shown as colors too. */
  readonly shade: string | null;
}

const FIELDS: Fields<TableView> = {
  sort: text("sort"),
  added: texts("col"),
  removed: texts("nocol"),
  same: flag("same", "shown"),
  shade: text("shade"),
};

export function parseTable(parameters: URLSearchParams): TableView {
  return parse(FIELDS, parameters);
}

export function formatTable(view: TableView, present?: URLSearchParams): URLSearchParams {
  return format(FIELDS, view, present);
}

/** The view that the address holds, and how to change it; Back undoes a change. */
export function useTable(): [TableView, (change: Partial<TableView>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const query = formatTable(parseTable(parameters)).toString();  // what the chart has in the address changes no row
  const view = useMemo(() => parseTable(new URLSearchParams(query)), [query]);
  const change = useCallback(
    (wanted: Partial<TableView>) => setParameters((present) => formatTable({ ...parseTable(present), ...wanted }, present)),
    [setParameters],
  );
  return [view, change];
}
