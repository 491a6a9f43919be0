import { Link } from "wouter";
import { plural } from "../../format/numbers";
import type { Family } from "./families";

/** Families, each with its entries as cards. */
export function KindList({ families }: { readonly families: readonly Family[] }) {
  return (
    <>
      {families.map((family) => (
        <section key={family.name} className="kind" aria-label={family.name}>
          <h2>
            {family.name} <span className="muted">{plural(family.entries.length, family.noun)}</span>
          </h2>
          <p className="muted">{family.summary}</p>
          <ul className="cards">
            {family.entries.map((entry) => (
              <li key={entry.name}>
                <Link href={`/catalog/${family.name}/${entry.name}`} className="card">
                  <strong>{entry.name}</strong>
                  <span>{entry.summary}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
