import { Link } from "wouter";
import type { ComponentConflict } from "../../api/types";

/** What a component does not go together with, and why. */
export function Conflicts({ conflicts }: { readonly conflicts: readonly ComponentConflict[] }) {
  return (
    <ul className="conflicts">
      {conflicts.map(({ others, reason, refused, always }) => (
        <li key={`${others.join(" ")} ${reason}`}>
          <span className={refused ? "badge badge-failed" : "badge badge-paused"}>{refused ? "refused" : "warned of"}</span>
          <div>
            {others.map((part, index) => (
              <span key={part}>
                {index > 0 && ", "}
                <Other part={part} />
              </span>
            ))}
            <p>
              {!always && <em>At some values: </em>}
              {reason}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** A component, a kind, or a section of the config, as rules name them. */
function Other({ part }: { readonly part: string }) {
  const [kind = "", name] = part.split(".");
  if (kind === "training" || kind === "monitor") return <code>{part}</code>;
  return <Link href={name ? `/catalog/${kind}/${name}` : `/catalog/${kind}`}>{name ? `${kind} ${name}` : kind}</Link>;
}
