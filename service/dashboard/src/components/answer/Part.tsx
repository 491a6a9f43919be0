import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import { ErrorNotice } from "../basics/Notice";

interface Props {
  readonly title: string;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly children: ReactNode;
}

/** One of the answers: what it says, that it is being computed, or why there is none. */
export function Part({ title, busy, error, children }: Props) {
  return (
    <section className="answer-section" aria-busy={busy}>
      <h3>{title}</h3>
      {error && (error instanceof ApiError && error.status === 422 ? <p className="muted">{error.message}</p> : <ErrorNotice error={error} />)}
      {children || (busy && <p className="muted">Computing…</p>)}
    </section>
  );
}
