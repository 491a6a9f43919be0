import { useEffect } from "react";
import { Link } from "wouter";
import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import { useTitle } from "../../state/title";
import { NotFound } from "../basics/NotFound";
import { ErrorNotice, Loading } from "../basics/Notice";

interface Answer<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

interface Props<T> {
  readonly kind: string;
  readonly name: string;
  readonly answer: Answer<T>;
  readonly children: (data: T) => ReactNode;
}

/** The page of one entry, once it is loaded; it begins at its top. */
export function Page<T>({ kind, name, answer: { data, error, refetch }, children }: Props<T>) {
  useTitle(name);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [kind, name]);
  if (error instanceof ApiError && error.status === 404) return <NotFound what={`There is no ${kind} “${name}”`} />;
  if (!data) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what={`the ${kind}`} />;
  return <article className="component">{children(data)}</article>;
}

interface HeadProps {
  readonly kind: string;
  readonly name: string;
  readonly own?: boolean;
  readonly children?: ReactNode;
}

/** The name of an entry, and the way back to its kind. */
export function PageHead({ kind, name, own = false, children }: HeadProps) {
  return (
    <header>
      <p className="crumb">
        <Link href="/catalog">Catalog</Link> / <Link href={`/catalog/${kind}`}>{kind}</Link>
      </p>
      <h1>
        {name}
        {own && <span className="badge badge-completed">your own</span>}
      </h1>
      {children}
    </header>
  );
}

/** A section of the page, under its title. */
export function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="component-part" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
