import { Link } from "wouter";
import type { ReactNode } from "react";

/** A name and what is so called; it stands in a list of `facts`. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Entries of the catalog, each leading to its page. */
export function Links({ kind, names }: { readonly kind: string; readonly names: readonly string[] }) {
  return (
    <>
      {names.map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <Link href={`/catalog/${kind}/${name}`}>{name}</Link>
        </span>
      ))}
    </>
  );
}
