import { Link } from "wouter";
import type { Kind } from "../../api/types";
import { plural } from "../../format/numbers";

/** Kinds, each with its components as cards. */
export function KindList({ kinds }: { readonly kinds: readonly Kind[] }) {
  return (
    <>
      {kinds.map((kind) => (
        <section key={kind.name} className="kind" aria-label={kind.name}>
          <h2>
            {kind.name} <span className="muted">{plural(kind.components.length, "component")}</span>
          </h2>
          <p className="muted">{kind.summary}</p>
          <ul className="cards">
            {kind.components.map((component) => (
              <li key={component.name}>
                <Link href={`/catalogue/${kind.name}/${component.name}`} className="card">
                  <strong>{component.name}</strong>
                  <span>{component.summary.replaceAll("``", "")}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
