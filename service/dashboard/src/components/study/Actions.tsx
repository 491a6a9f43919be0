import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { StudyAction } from "../../api/studies";
import { actOnStudy } from "../../api/studies";
import type { Study } from "../../api/types";
import { hasEnded } from "../../format/states";
import { studyKeys } from "../../state/queries";
import { ErrorNotice } from "../basics/Notice";

/** What can be asked of a study now; the engine decides, so a button never pretends that it has happened. */
export function actionsFor({ state, desired }: Pick<Study, "state" | "desired">): StudyAction[] {
  if (hasEnded(state)) return state === "COMPLETED" ? [] : ["resume"];
  return [desired === "paused" ? "resume" : "pause", "stop"];
}

const WAITING = { pause: "Pausing…", resume: "Resuming…", stop: "Stopping…" } as const;
const LABELS = { pause: "Pause", resume: "Resume", stop: "Stop" } as const;

export function Actions({ study }: { readonly study: Study }) {
  const queries = useQueryClient();
  const { mutate, isPending, variables, error, reset } = useMutation({
    mutationFn: (action: StudyAction) => actOnStudy(study.name, action),
    onSettled: () => Promise.all(studyKeys(study.name).map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  return (
    <div className="actions">
      {actionsFor(study).map((action) => (
        <button
          key={action}
          type="button"
          className={`button ${action === "stop" ? "danger" : ""}`}
          disabled={isPending}
          onClick={() => mutate(action)}
        >
          {isPending && variables === action ? WAITING[action] : LABELS[action]}
        </button>
      ))}
      {error && (
        <div className="actions-error">
          <ErrorNotice error={error} />
          <button type="button" className="button small" onClick={reset}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
