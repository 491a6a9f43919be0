import type { LeftOut } from "../../api/types";

/** What of users' own code cannot be named, and why: otherwise it would just be missing from the list. */
export function LeftOutNotice({ refused }: { readonly refused: readonly LeftOut[] }) {
  if (refused.length === 0) return null;
  return (
    <div className="notice notice-warning" role="status" aria-label="Left out">
      <strong>Left out of your own code</strong>
      <dl className="left-out">
        {refused.map(({ name, reason }) => (
          <div key={`${name} ${reason}`}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{reason}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
