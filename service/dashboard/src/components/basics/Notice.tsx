import type { ReactNode } from "react";
import { ApiError, worded } from "../../api/client";

/** Something went wrong: what, where and what to do, as the server put it. */
export function ErrorNotice({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  const problems = error instanceof ApiError ? error.errors : [];
  return (
    <div className="notice notice-error" role="alert">
      <strong>{error instanceof ApiError ? error.title : "The page met an error"}</strong>
      {error.message !== problems.map(worded).join("; ") && <p>{error.message}</p>}
      {problems.length > 0 && (
        <ul>
          {problems.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      {onRetry && (
        <button type="button" className="button small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden="true" /> Loading {what}…
    </div>
  );
}

/** Nothing to show yet, and why. */
export function Empty({ title, picture, children }: { readonly title: string; readonly picture?: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      {picture && <img src={picture} alt="" width={72} height={72} />}
      <h2>{title}</h2>
      {children}
    </div>
  );
}
