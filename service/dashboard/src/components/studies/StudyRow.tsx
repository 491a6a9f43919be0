import { useState } from "react";
import { Link } from "wouter";
import type { Study } from "../../api/types";
import { formatDuration, TRAINING } from "../../format/times";
import { formatCount, plural } from "../../format/numbers";
import { useStudies } from "../../state/queries";
import { Age } from "../basics/Clock";
import { Measured } from "../basics/Measured";
import { ErrorNotice } from "../basics/Notice";
import { StateBadge } from "../basics/StateBadge";
import { Progress } from "../study/Progress";
import { Spark } from "./Spark";

interface Props {
  readonly study: Study;
  /** The names of those that are marked to be compared. */
  readonly marked: readonly string[];
  readonly onMark: (name: string, wanted: boolean) => void;
}

/** One study of the list, with its confirmations beneath. */
export function StudyRow({ study, marked, onMark }: Props) {
  const { objectives, best, tags, spent } = study;
  return (
    <li>
      <label className="study-mark" title={`Compare ${study.name}`}>
        <input type="checkbox" aria-label={`Compare ${study.name}`} checked={marked.includes(study.name)} onChange={(event) => onMark(study.name, event.target.checked)} />
      </label>
      <Link href={`/studies/${encodeURIComponent(study.name)}`} className="study-row">
        <div className="study-row-name">
          <strong>{study.name}</strong>
          <span className="muted">
            {study.experiment}
            {tags.map((tag) => (
              <span key={tag} className="tag">
                {tag}
              </span>
            ))}
          </span>
        </div>
        <StateBadge state={study.state} reason={study.reason} />
        <Progress study={study} />
        <div className="study-row-best" title="Best in the search">
          <strong className="number">
            {objectives.length > 1 ? "Pareto set" : <Measured value={best?.value} replicates={best?.replicates} />}
          </strong>
          <span className="muted">{objectives.map(({ direction, metric }) => `${direction === "maximize" ? "highest" : "lowest"} ${metric}`).join(", ")}</span>
        </div>
        <Spark study={study} />
        <div className="study-row-spent muted number">
          <span title={TRAINING}>{formatDuration(3600 * spent.hours)} training</span>
          <span title="Epochs that were computed">{formatCount(spent.epochs)} epochs</span>
        </div>
        <Age of={study.created_at} className="muted" />
      </Link>
      {study.confirmations.length > 0 && <ConfirmationRows study={study} marked={marked} onMark={onMark} />}
    </li>
  );
}

/** How many confirmations a study has; they are asked for once they are to be seen. */
function ConfirmationRows({ study, ...marks }: Props) {
  const [open, setOpen] = useState(false);
  const n = study.confirmations_open;
  return (
    <details className="study-confirmations" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="muted">
        {plural(study.confirmations.length, "confirmation")}
        {n > 0 && `, ${n} under way`}
      </summary>
      {open && <Opened of={study.name} {...marks} />}
    </details>
  );
}

function Opened({ of, ...marks }: Omit<Props, "study"> & { readonly of: string }) {
  const { data, error, refetch } = useStudies({ filter: null, state: null, confirms: of });
  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return (
    <ul aria-label={`Confirmations of ${of}`}>
      {data?.pages.flatMap(({ items }) => items).map((each) => <StudyRow key={each.id} study={each} {...marks} />)}
    </ul>
  );
}
