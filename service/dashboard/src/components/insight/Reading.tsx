import type { ReactNode } from "react";
import type { TrialsUsed } from "../../api/types";
import { plural } from "../../format/numbers";
import { ErrorNotice, Loading } from "../basics/Notice";
import { BEATEN } from "./options/parts";

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly error: Error | null;
  /** The answer, undefined before it is there; null where none is asked for. */
  readonly found: { readonly trials: TrialsUsed; readonly notes?: readonly string[] } | null | undefined;
  readonly wide?: boolean;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** A picture with what a reader must know of it: of which trials it is, and what it does not say. */
export function Reading({ title, hint, error, found, wide, tools, children }: Props) {
  return (
    <section className={wide ? "panel padded insight-wide" : "panel padded"} aria-label={title}>
      <header className="section-head">
        <h2>{title}</h2>
        {tools}
      </header>
      <p className="muted insight-hint">{hint}</p>
      {error && !found ? <ErrorNotice error={error} /> : found === undefined ? <Loading what="what the trials tell" /> : children}
      {found && (
        <p className="muted insight-hint">
          {used(found.trials)}
          {found.notes?.map((note) => <span key={note}> · {note}</span>)}
        </p>
      )}
    </section>
  );
}

function used({ completed, beaten, failed, cancelled, excluded, unended }: TrialsUsed): string {
  const left = failed + cancelled + excluded + unended;
  return [`of ${plural(completed, "completed trial")}`, beaten > 0 && `${beaten} ${BEATEN}`, left > 0 && `${left} left out`].filter(Boolean).join(", ");
}
