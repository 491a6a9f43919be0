import { useRef, useState } from "react";
import type { TableView } from "../../state/url/table";
import { Popover } from "../basics/Popover";
import type { TableColumn } from "./tableColumns";
import { withColumn } from "./tableColumns";

interface Props {
  readonly columns: readonly TableColumn[];
  readonly shown: readonly TableColumn[];
  readonly view: TableView;
  readonly onChange: (change: Partial<TableView>) => void;
}

const GROUPS = ["Trial", "Parameters", "Metrics"] as const;

/** Which columns the table has, and which one's values are colors too. */
export function ColumnPicker({ columns, shown, view, onChange }: Props) {
  const [query, setQuery] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const there = new Set(shown.map(({ key }) => key));
  const words = query.toLowerCase().split(/\s+/);
  const found = columns.filter(({ key, kind, title }) => words.every((word) => `${key} ${kind} ${title}`.toLowerCase().includes(word)));
  const shade = (key: string) => onChange({ shade: view.shade === key ? null : key });
  return (
    <Popover label="Columns" className="column-picker" onOpen={() => search.current?.focus()}>
      <input ref={search} type="search" placeholder="Find a column" aria-label="Find a column" value={query} onChange={(event) => setQuery(event.target.value)} />
      <div className="column-list">
        {GROUPS.map((group) => {
          const members = found.filter((column) => column.group === group);
          if (members.length === 0) return null;
          return (
            <fieldset key={group}>
              <legend>{group}</legend>
              {members.map((column) => {
                const name = [column.kind, column.title].filter(Boolean).join(" ");
                return (
                  <div key={column.key} className="column-choice">
                    <label>
                      <input type="checkbox" checked={there.has(column.key)} disabled={column.key === "number"} onChange={(event) => onChange(withColumn(view, column, event.target.checked))} />
                      <span className="column-name" title={name}>
                        {column.kind && <span className="muted">{column.kind} </span>}
                        {column.title}
                      </span>
                    </label>
                    {!["number", "mlflow"].includes(column.key) && (
                      <button type="button" className="shade" aria-pressed={view.shade === column.key} aria-label={`Color the cells of ${name}`} title="Color its cells" onClick={() => shade(column.key)} />
                    )}
                  </div>
                );
              })}
            </fieldset>
          );
        })}
        {found.length === 0 && <p className="muted">No column has such a name.</p>}
      </div>
      <footer>
        <label>
          <input type="checkbox" checked={view.same} onChange={(event) => onChange({ same: event.target.checked })} /> Parameters that are the same in all trials
        </label>
        <button type="button" className="link" onClick={() => onChange({ added: [], removed: [], same: false, shade: null })}>
          Back to the first view
        </button>
      </footer>
    </Popover>
  );
}
