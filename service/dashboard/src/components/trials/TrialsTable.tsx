import { useMemo, useState } from "react";
import type { Trial } from "../../api/types";
import { formatCount, plural } from "../../format/numbers";
import type { Column } from "../../format/columns";
import { Heading } from "./Heading";
import type { Sorting } from "./sorting";
import { orderInWords, sortTrials, toggled } from "./sorting";
import { TrialRow } from "./TrialRow";

interface Props {
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  /** What running trials have reached so far. */
  readonly soFar: ReadonlyMap<number, number>;
  readonly metric: string;
  readonly maximize: boolean;
  /** Whether the study has ended, so that no trial is to come. */
  readonly ended: boolean;
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly onSelect: (trial: number | null) => void;
}

const ROWS = 200;

/** All trials, sortable by any column. Rows beyond the first two hundred come on demand. */
export function TrialsTable({ trials, columns, soFar, metric, maximize, ended, selected, hovered, onSelect }: Props) {
  const [sorting, setSorting] = useState<Sorting>({ key: "value", descending: maximize });
  const [limit, setLimit] = useState(ROWS);
  const sorted = useMemo(() => sortTrials(trials, sorting, columns, soFar), [trials, sorting, columns, soFar]);
  const order = useMemo(() => orderInWords(trials, sorting), [trials, sorting]);
  const heading = (key: string, title: string, kind = "") => (
    <Heading key={key} title={title} kind={kind} sorting={sorting.key === key ? sorting : null} onSort={() => setSorting(toggled(sorting, key, maximize))} />
  );
  return (
    <section className="panel trials" aria-label="Trials">
      <header className="panel-head">
        <h2>Trials</h2>
        <span className="muted">
          {plural(trials.length, "trial")}
          {order && ` · ${order}`}
        </span>
      </header>
      <div className="table-scroll">
        <table>
          <thead>
            <tr>
              {heading("number", "#")}
              {heading("state", "state")}
              {heading("value", metric)}
              {heading("duration", "duration")}
              <th>
                <span className="heading-title">MLflow</span>
              </th>
              {columns.map((column) => heading(column.key, column.title, column.kind === column.title ? "" : column.kind))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, limit).map((trial) => (
              <TrialRow
                key={trial.number}
                trial={trial}
                soFar={soFar.get(trial.number)}
                columns={columns}
                selected={trial.number === selected}
                hovered={trial.number === hovered}
                onSelect={onSelect}
              />
            ))}
          </tbody>
        </table>
        {trials.length === 0 && <p className="muted table-empty">{ended ? "The study ended before a trial was sampled." : "The first trial appears here as soon as it is sampled."}</p>}
      </div>
      {sorted.length > limit && (
        <button type="button" className="button" onClick={() => setLimit(limit + ROWS)}>
          Show more ({formatCount(sorted.length - limit)} left)
        </button>
      )}
    </section>
  );
}
