import { formatAge, formatDuration, formatMoment, secondsBetween } from "../../format/times";
import { useNow } from "../../state/now";

/** How long ago something happened; it grows older while it is looked at. */
export function Age({ of, className }: { readonly of: string; readonly className?: string }) {
  const now = useNow();
  return (
    <time className={className} dateTime={of} title={formatMoment(of)}>
      {formatAge(of, now)}
    </time>
  );
}

/** How long something took, or has been going on for. */
export function Elapsed({ since, until }: { readonly since: string; readonly until: string | null | undefined }) {
  return until ? formatDuration(secondsBetween(since, until) ?? 0) : <Going since={since} />;
}

function Going({ since }: { readonly since: string }) {
  return formatDuration(secondsBetween(since, null, useNow()) ?? 0);
}
