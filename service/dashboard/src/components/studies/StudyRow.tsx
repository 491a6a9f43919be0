import { Link } from "wouter";
import type { Study } from "../../api/types";
import { Age } from "../basics/Clock";
import { Measured } from "../basics/Measured";
import { StateBadge } from "../basics/StateBadge";
import { Progress } from "../study/Progress";

/** One study of the list. */
export function StudyRow({ study }: { readonly study: Study }) {
  const { objective, best } = study;
  return (
    <li>
      <Link href={`/studies/${encodeURIComponent(study.name)}`} className="study-row">
        <div className="study-row-name">
          <strong>{study.name}</strong>
          <span className="muted">{study.experiment}</span>
        </div>
        <StateBadge state={study.state} reason={study.reason} />
        <Progress study={study} />
        <div className="study-row-best">
          <strong className="number">
            <Measured value={best?.value} replicates={best?.replicates} />
          </strong>
          <span className="muted">
            {objective.direction === "maximize" ? "highest" : "lowest"} {objective.metric}
          </span>
        </div>
        <Age of={study.created_at} className="muted" />
      </Link>
    </li>
  );
}
