import type { Sorting } from "./sorting";

interface Props {
  readonly title: string;
  readonly kind: string;
  /** The table's order when it is by this column. */
  readonly sorting: Sorting | null;
  readonly onSort: () => void;
}

/** A column's heading; a click sorts by it. */
export function Heading({ title, kind, sorting, onSort }: Props) {
  const order = sorting === null ? "none" : sorting.descending ? "descending" : "ascending";
  return (
    <th aria-sort={order}>
      <button type="button" className="heading" onClick={onSort}>
        {kind && <span className="heading-kind">{kind}</span>}
        <span className="heading-title">
          {title}
          <span className="heading-order" aria-hidden="true">
            {order === "none" ? "" : order === "descending" ? " ↓" : " ↑"}
          </span>
        </span>
      </button>
    </th>
  );
}
