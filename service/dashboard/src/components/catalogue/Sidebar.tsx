import { Link } from "wouter";
import type { Kind } from "../../api/types";

interface Props {
  readonly kinds: readonly Kind[];
  readonly selected: { readonly kind: string | null; readonly name: string | null };
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

/** Every component by name, with a box that narrows the list. */
export function Sidebar({ kinds, selected, query, onQuery }: Props) {
  return (
    <aside className="catalogue-side">
      <input
        type="search"
        placeholder="Find a component…"
        aria-label="Find a component"
        value={query}
        onChange={(event) => onQuery(event.target.value)}
      />
      <nav aria-label="Components">
        {kinds.map((kind) => (
          <details key={kind.name} open={query !== "" || kind.name === selected.kind}>
            <summary>
              {kind.name} <span className="muted number">{kind.components.length}</span>
            </summary>
            <ul>
              {kind.components.map(({ name }) => (
                <li key={name}>
                  <Link
                    href={`/catalogue/${kind.name}/${name}`}
                    aria-current={kind.name === selected.kind && name === selected.name ? "page" : undefined}
                  >
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </details>
        ))}
        {kinds.length === 0 && <p className="muted">Nothing of that name.</p>}
      </nav>
    </aside>
  );
}
