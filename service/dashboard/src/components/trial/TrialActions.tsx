import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { TrialAction } from "../../api/trials";
import { askOfTrial } from "../../api/trials";
import type { StudyView, TrialView } from "../../api/types";
import { refreshTrials } from "../../state/live/live";
import { ConfirmDialog } from "../basics/ConfirmDialog";
import { ErrorNotice } from "../basics/Notice";
import { trialActionsFor } from "./trialActionsFor";

interface Props {
  readonly study: StudyView;
  readonly trial: TrialView;
}

const LABELS: Readonly<Record<TrialAction, string>> = { cancel: "Cancel…", retry: "Run again", exclude: "Exclude", include: "Include again" };
const TITLES: Readonly<Record<TrialAction, string>> = {
  cancel: "End it without a result",
  retry: "Train its configuration once more, with the same seeds, as a new trial",
  exclude: "Let it count for neither the ranking nor the sampler",
  include: "Let it count again",
};

/** What can be asked of a trial. */
export function TrialActions({ study: { name: study, sampler }, trial }: Props) {
  const isMember = sampler["name"] === "pbt";
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (action: TrialAction) => askOfTrial(study, trial.number, action),
    onSuccess: ({ retried_as }, action) => {
      if (action === "retry" && retried_as !== null) navigate(`/studies/${encodeURIComponent(study)}/trials/${retried_as}`);
    },
    onSettled: () => refreshTrials(client, study, [trial.number]),
  });
  const press = (action: TrialAction) => (action === "cancel" ? setAsking(true) : mutate(action));
  return (
    <div className="trial-actions">
      {trialActionsFor(trial, isMember).map((action) => (
        <button key={action} type="button" className={action === "cancel" ? "button danger" : "button"} title={TITLES[action]} disabled={isPending} onClick={() => press(action)}>
          {LABELS[action]}
        </button>
      ))}
      <Link className="button" href={`/studies/new?study=${encodeURIComponent(study)}&trial=${trial.number}`} title="Begin a study of this configuration alone, with the same seeds; change it before it is submitted">
        Clone as study
      </Link>
      {error && <ErrorNotice error={error} />}
      {asking && (
        <ConfirmDialog
          title={`Cancel trial ${trial.number}?`}
          action="Cancel the trial"
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            mutate("cancel");
          }}
        >
          <p>It ends without a result; its curves so far are kept, and another trial is drawn in its place.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
