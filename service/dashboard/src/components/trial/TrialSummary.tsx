import type { ReactNode } from "react";
import type { StudyView, TrialView } from "../../api/types";
import { formatValue } from "../../format/numbers";
import { Elapsed } from "../basics/Clock";
import { Measured } from "../basics/Measured";

interface Props {
  readonly study: StudyView;
  readonly trial: TrialView;
  /** What is said of it besides. */
  readonly children: ReactNode;
}

/** Why a trial ended or waits, what it came to, and how long it took. */
export function TrialSummary({ study, trial, children }: Props) {
  const reason = trial.reason || trial.waits_for;
  return (
    <>
      {reason && <p className="reason">{reason}</p>}
      <p className="trial-summary">
        {study.objective.metric}{" "}
        <strong className="number">
          <Measured value={trial.value} replicates={trial.replicates} />
        </strong>
        {study.objectives.slice(1).map(({ metric }, place) => (
          <span key={metric}>
            {metric} <strong className="number">{formatValue(trial.values[place + 1])}</strong>
          </span>
        ))}
        {trial.started_at && (
          <span className="muted">
            <Elapsed since={trial.started_at} until={trial.ended_at} />
          </span>
        )}
        {children}
      </p>
    </>
  );
}
