import { Link } from "wouter";
import { isGone } from "../../api/client";
import type { StudyView } from "../../api/types";
import { formatValue } from "../../format/numbers";
import { ErrorNotice } from "../basics/Notice";
import { StateBadge } from "../basics/StateBadge";

interface Props {
  /** As the address names it. */
  readonly name: string;
  readonly study: StudyView | undefined;
  readonly error: Error | null;
  readonly onRemove: () => void;
}

/** One of the studies that are compared, or why it is not. */
export function ComparedStudy({ name, study, error, onRemove }: Props) {
  const out = (
    <button type="button" className="link" aria-label={`Leave ${name} out`} title={`Leave ${name} out`} onClick={onRemove}>
      ✕
    </button>
  );
  if (isGone(error)) {
    return (
      <li className="compared-gone" role="alert">
        There is no study “{name}”: it was deleted, or the name is wrong {out}
      </li>
    );
  }
  if (error) return <li><ErrorNotice error={error} /> {out}</li>;
  if (!study) return <li className="muted">{name} …</li>;
  return (
    <li>
      <Link href={`/studies/${encodeURIComponent(study.name)}`}>{study.name}</Link>
      <StateBadge state={study.state} reason={study.reason} />
      <span className="muted number">
        {study.objective.metric} {formatValue(study.best?.value)}
      </span>
      {out}
    </li>
  );
}
