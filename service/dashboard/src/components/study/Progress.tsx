import type { Study } from "../../api/types";
import { formatCount, plural } from "../../format/numbers";
import { formatLeft, formatRunsDone, sharesOf } from "../../format/progress";

const SEGMENTS = ["COMPLETED", "PRUNED", "FAILED", "CANCELLED", "RUNNING"] as const;

/** How far a study is: a bar of trials by state, the count (of runs too, where a trial has several), and the time left when it is known. */
export function Progress({ study }: { readonly study: Pick<Study, "counts" | "progress" | "state"> }) {
  const { counts, progress } = study;
  // Trials that have begun keep their state while the study rests, and nothing of theirs runs.
  const word = (state: string) => (state === "RUNNING" && study.state === "PAUSED" ? "begun" : state.toLowerCase());
  const shares = sharesOf(study);
  const parts = SEGMENTS.filter((state) => (counts[state] ?? 0) > 0);
  const spoken = parts.map((state) => `${counts[state]} ${word(state)}`).join(", ") || "no trials yet";
  return (
    <div className="progress">
      <div className="progress-bar" role="img" aria-label={spoken} title={spoken}>
        {parts.map((state) => (
          <span key={state} className={`segment segment-${state.toLowerCase()}`} style={{ width: `${100 * (shares[state] ?? 0)}%` }} />
        ))}
      </div>
      <span className="progress-text">
        {parts.map((state) => (
          <span key={state} className={`progress-key key-${state.toLowerCase()}`}>
            {formatCount(counts[state] ?? 0)} {word(state)}
          </span>
        ))}
        {progress.total === null || progress.total === undefined
          ? plural(progress.done, "trial")
          : `${formatCount(progress.done)} / ${formatCount(progress.total)} trials`}
        {progress.runs_per_trial > 1 && <> · {formatRunsDone(progress)}</>}
        {formatLeft(progress) && <> · {formatLeft(progress)}</>}
      </span>
    </div>
  );
}
