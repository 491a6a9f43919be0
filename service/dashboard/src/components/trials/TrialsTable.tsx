import { useVirtualizer } from "@tanstack/react-virtual";
import type { CSSProperties, KeyboardEvent, ReactNode } from "react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { StudyView, Trial } from "../../api/types";
import { plural } from "../../format/numbers";
import { hasEnded } from "../../format/states";
import type { Select } from "../../state/url/selection";
import { usePins } from "../../state/url/selection";
import { useTable } from "../../state/url/table";
import { ColumnPicker } from "./ColumnPicker";
import { FilterBox } from "./FilterBox";
import { Heading } from "./Heading";
import { shadesOf } from "./shading";
import type { Sorting } from "./sorting";
import { orderInWords, readSorting, sortTrials, toggled, writeSorting } from "./sorting";
import { shownColumns, valueWidth, widthOf, withColumn } from "./tableColumns";
import { TrialRow } from "./TrialRow";
import { useTableColumns } from "./useTableColumns";

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  /** The numbers that the filter chooses; null without a filter. */
  readonly matching: ReadonlySet<number> | null;
  /** The studies whose trials the filter chooses. */
  readonly filtered: readonly string[];
  /** What the service has against the filter. */
  readonly filterError: Error | null;
  /** What running trials have reached so far. */
  readonly soFar: ReadonlyMap<number, number>;
  readonly selected: number | null;
  readonly onSelect: Select;
  /** The study's name where the page is of several, whose trials are pinned by it too. */
  readonly among?: string;
  /** Which study it is of, where that can be chosen. */
  readonly choice?: ReactNode;
}

const ROW = 31;
const OVERSCAN = 12;
/** So many trials have every parameter's name between them. */
const NAMED = 50;
const NO_SHADES: ReadonlyMap<number, string> = new Map();

/** All trials, sortable by any column; only the rows in view exist, so that ten thousand of them scroll like ten. */
export function TrialsTable({ study, trials, matching, filtered, filterError, soFar, selected, onSelect, among, choice }: Props) {
  const [view, change] = useTable();
  const [pins, setPins] = usePins(among);
  const maximize = study.objective.direction === "maximize";
  const all = useTableColumns(study, trials, soFar, view);
  const columns = useMemo(() => shownColumns(all, view), [all, view]);
  const sorting = useMemo(() => readSorting(view.sort, maximize), [view.sort, maximize]);
  const sorted = useMemo(() => sortTrials(trials, sorting, all), [trials, sorting, all]);  // which a filter leaves as it is
  const rows = useMemo(() => (matching === null ? sorted : sorted.filter(({ number }) => matching.has(number))), [sorted, matching]);
  const order = useMemo(() => orderInWords(rows, sorting), [rows, sorting]);
  const shade = all.find(({ key }) => key === view.shade);
  const shades = useMemo(() => (shade ? shadesOf(rows, shade) : NO_SHADES), [rows, shade]);
  const template = useTemplate(columns, trials);
  const names = useMemo(() => [...new Set(trials.slice(0, NAMED).flatMap(({ parameters }) => Object.keys(parameters)))].sort(), [trials]);

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: OVERSCAN, getItemKey: (index) => rows[index]?.number ?? index });
  const place = selected === null ? -1 : rows.findIndex(({ number }) => number === selected);
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: "auto" });
    // Only another selection scrolls: rows that come and go must not carry the reader away.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);

  function press(event: KeyboardEvent): void {
    const target = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = target === undefined ? undefined : rows[Math.max(0, target)];
    if (!row || event.target !== scroller.current) return;
    event.preventDefault();
    onSelect(row.number, null, { going: true });
  }

  const sort = (next: Sorting) => change({ sort: writeSorting(next, maximize) });
  const pin = useCallback((number: number) => setPins((present) => (present.has(number) ? [...present].filter((other) => other !== number) : [...present, number])), [setPins]);
  return (
    <section className="panel trials" aria-label="Trials">
      <header className="panel-head">
        <h2>Trials</h2>
        {choice}
        <span className="muted">
          {matching === null ? plural(trials.length, "trial") : `${rows.length} of ${plural(trials.length, "trial")}`}
          {order && ` · ${order}`}
        </span>
        <span className="panel-tools">
          {pins.size > 0 && (
            <button type="button" className="button small" onClick={() => setPins(() => [])}>
              Unpin {pins.size}
            </button>
          )}
          <ColumnPicker columns={all} shown={columns} view={view} onChange={change} />
        </span>
        <FilterBox studies={filtered} error={filterError} names={names} />
      </header>
      <div
        className="trial-table"
        ref={scroller}
        tabIndex={0}
        role="table"
        aria-label="Trials; arrow keys select another"
        aria-rowcount={rows.length + 1}
        onKeyDown={press}
      >
        <table role="presentation" style={{ "--columns": template } as CSSProperties}>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column) => (
                <Heading
                  key={column.key}
                  column={column}
                  sorting={sorting.key === column.key ? sorting : null}
                  shaded={column === shade}
                  onSort={() => sort(toggled(sorting, column))}
                  onHide={() => change(withColumn(view, column, false))}
                />
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start, key }) => {
              const trial = rows[index] as Trial;
              return (
                <TrialRow
                  key={key}
                  measure={virtual.measureElement}
                  index={index}
                  start={start}
                  trial={trial}
                  soFar={soFar.get(trial.number)}
                  columns={columns}
                  selected={trial.number === selected}
                  pinned={pins.has(trial.number)}
                  shaded={shade?.key ?? null}
                  shade={shades.get(trial.number)}
                  onSelect={onSelect}
                  onPin={pin}
                />
              );
            })}
          </tbody>
        </table>
        {rows.length === 0 && <p className="muted table-empty">{emptiness(trials.length, hasEnded(study.state))}</p>}
      </div>
    </section>
  );
}

function emptiness(n: number, ended: boolean): string {
  if (n > 0) return "The filter chooses none of the trials.";
  return ended ? "The study ended before a trial was sampled." : "The first trial appears here as soon as it is sampled.";
}

/** The widths of the columns, as the grid of every row has them; the last one takes what is left. */
function useTemplate(columns: Parameters<typeof widthOf>[0][], trials: readonly Trial[]): string {
  const value = valueWidth(trials);
  const sample = trials.length < 200 ? trials.length : 200;  // later trials change no width
  return useMemo(
    () => columns.map((column) => Math.round(widthOf(column, trials, value))).map((width) => `minmax(${width}px, ${width}fr)`).join(" "),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [columns.map(({ key }) => key).join(), sample, value],
  );
}
