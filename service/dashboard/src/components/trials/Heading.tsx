import type { Sorting } from "./sorting";
import type { TableColumn } from "./tableColumns";

interface Props {
  readonly column: TableColumn;
  /** The table's order when it is by this column. */
  readonly sorting: Sorting | null;
  readonly shaded: boolean;
  readonly onSort: () => void;
  readonly onHide: () => void;
}

/** A column's heading; a click sorts by it, and what appears beside it under the pointer takes the column out. */
export function Heading({ column: { key, kind, title }, sorting, shaded, onSort, onHide }: Props) {
  const order = sorting === null ? "none" : sorting.descending ? "descending" : "ascending";
  if (key === "mlflow") {
    return (
      <th role="columnheader">
        <span className="heading-title">{title}</span>
      </th>
    );
  }
  return (
    <th role="columnheader" aria-sort={order} className={shaded ? "is-shaded" : ""} title={kind ? `${kind} ${title}` : title}>
      <button type="button" className="heading" onClick={onSort}>
        {kind && <span className="heading-kind">{kind}</span>}
        <span className="heading-title">
          {title}
          <span className="heading-order" aria-hidden="true">
            {order === "none" ? "" : order === "descending" ? " ↓" : " ↑"}
          </span>
        </span>
      </button>
      {key !== "number" && (
        <button type="button" className="heading-hide" aria-label={`Hide ${kind ? `${kind} ` : ""}${title}`} title="Hide this column" onClick={onHide}>
          ×
        </button>
      )}
    </th>
  );
}
