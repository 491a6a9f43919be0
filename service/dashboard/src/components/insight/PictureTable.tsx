import type { ReactNode } from "react";
import { useState } from "react";
import { Link } from "wouter";
import { formatCount } from "../../format/numbers";
import { TableScroll } from "../basics/TableScroll";

const MOST = 200;

interface Props<T> {
  readonly label: string;
  readonly heads: readonly string[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
  readonly cellsOf: (row: T) => readonly ReactNode[];
}

/** What a picture shows, for a keyboard and a screen reader; made when it is opened. */
export function PictureTable<T>({ label, heads, rows, keyOf, cellsOf }: Props<T>) {
  const [open, setOpen] = useState(false);
  const words = `As a table${rows.length > MOST ? `, ${MOST} of ${formatCount(rows.length)}` : ""}`;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="muted" aria-label={`${words}: ${label}`}>{words}</summary>
      {open && (
        <TableScroll label={label}>
          <table className="fields">
            <thead>
              <tr>{heads.map((head) => <th key={head}>{head}</th>)}</tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST).map((row) => (
                <tr key={keyOf(row)}>{cellsOf(row).map((cell, place) => <td key={heads[place]} className={typeof cell === "number" ? "number" : undefined}>{cell}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </details>
  );
}

/** The way to a trial that a picture shows. */
export function TrialLink({ study, trial, withStudy = false }: { readonly study: string; readonly trial: number; readonly withStudy?: boolean }) {
  return <Link href={trialUrl(study, trial)}>{withStudy ? `${study}, trial ${trial}` : trial}</Link>;
}

export function trialUrl(study: string, trial: number): string {
  return `/studies/${encodeURIComponent(study)}/trials/${trial}`;
}
