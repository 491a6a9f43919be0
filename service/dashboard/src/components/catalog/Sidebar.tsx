import { Link } from "wouter";
import type { Family } from "./families";

interface Props {
  readonly families: readonly Family[];
  readonly selected: { readonly kind: string | null; readonly name: string | null };
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

/** Everything by name, with a box that narrows the list. */
export function Sidebar({ families, selected, query, onQuery }: Props) {
  return (
    <aside className="catalog-side">
      <input
        type="search"
        placeholder="Find anything…"
        aria-label="Find in the catalog"
        value={query}
        onChange={(event) => onQuery(event.target.value)}
      />
      <nav aria-label="Everything in the catalog">
        {families.map((family) => (
          <details key={family.name} open={query !== "" || family.name === selected.kind}>
            <summary>
              {family.name} <span className="muted number">{family.entries.length}</span>
            </summary>
            <ul>
              {family.entries.map(({ name }) => (
                <li key={name}>
                  <Link
                    href={`/catalog/${family.name}/${name}`}
                    aria-current={family.name === selected.kind && name === selected.name ? "page" : undefined}
                  >
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </details>
        ))}
        {families.length === 0 && <p className="muted">Nothing of that name.</p>}
      </nav>
    </aside>
  );
}
