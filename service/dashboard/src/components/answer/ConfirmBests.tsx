import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { confirmStudy } from "../../api/answers";
import type { Comparison, StudyView } from "../../api/types";
import { formatCost } from "../../format/answers";
import { ErrorNotice } from "../basics/Notice";

interface Props {
  readonly study: StudyView;
  readonly bests: NonNullable<Comparison["tuned"]["confirm"]>;
  /** How long a run takes, where that is known. */
  readonly seconds: number | null;
}

/** Offers to train the best trial of each level once more, and leads to the study that does. */
export function ConfirmBests({ study, bests: { trials, seeds }, seconds }: Props) {
  const queries = useQueryClient();
  const { mutate, data: made, error, isPending } = useMutation({
    mutationFn: () => confirmStudy(study.name, { k: null, trials, seeds, over: "seeds" }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["studies"] }),
  });
  const k = trials.length;
  const cost = formatCost({ k, seeds, over: "seeds" }, 1, { k, seeds, seconds: seconds === null ? null : k * seeds * seconds, again: false });
  return (
    <div className="confirm-offer">
      <button type="button" className="button small" disabled={isPending || made !== undefined} onClick={() => mutate()}>
        {isPending ? "Submitting…" : "Confirm the best of each"}
      </button>{" "}
      {made ? (
        <span role="status">
          <Link href={`/studies/${encodeURIComponent(made.name)}`}>{made.name}</Link> trains them once more; once it has ended, this answers.
        </span>
      ) : (
        <span className="muted">
          trains {k} trials over {seeds} fresh seeds: {cost}
        </span>
      )}
      {error && <ErrorNotice error={error} />}
    </div>
  );
}
