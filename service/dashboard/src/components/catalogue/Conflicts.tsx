import { Link } from "wouter";
import type { ComponentConflict } from "../../api/types";

/** What a component does not go together with, and why. */
export function Conflicts({ conflicts }: { readonly conflicts: readonly ComponentConflict[] }) {
  return (
    <ul className="conflicts">
      {conflicts.map(({ other, reason, refused }) => (
        <li key={`${other} ${reason}`}>
          <span className={refused ? "badge badge-failed" : "badge badge-paused"}>{refused ? "refused" : "warned of"}</span>
          <div>
            <Other part={other} />
            <p>{reason}</p>
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
  return <Link href={name ? `/catalogue/${kind}/${name}` : `/catalogue/${kind}`}>{name ? `${kind} ${name}` : kind}</Link>;
}
