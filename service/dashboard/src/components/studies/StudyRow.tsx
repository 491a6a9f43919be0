import { Link } from "wouter";
import type { Study } from "../../api/types";
import { formatDuration, TRAINING } from "../../format/times";
import { formatCount } from "../../format/numbers";
import { Age } from "../basics/Clock";
import { Measured } from "../basics/Measured";
import { StateBadge } from "../basics/StateBadge";
import { Progress } from "../study/Progress";
import { Spark } from "./Spark";

interface Props {
  readonly study: Study;
  /** Whether it is marked to be compared. */
  readonly marked: boolean;
  readonly onMark: (marked: boolean) => void;
}

/** One study of the list. */
export function StudyRow({ study, marked, onMark }: Props) {
  const { objectives, best, tags, spent } = study;
  return (
    <li>
      <label className="study-mark" title={`Compare ${study.name}`}>
        <input type="checkbox" aria-label={`Compare ${study.name}`} checked={marked} onChange={(event) => onMark(event.target.checked)} />
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
    </li>
  );
}
