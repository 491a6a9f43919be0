import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Wish } from "../../api/studies";
import { askOfStudy } from "../../api/studies";
import type { Study } from "../../api/types";
import { studyKeys } from "../../state/queries";
import { ErrorNotice } from "../basics/Notice";
import type { Action } from "./actionsFor";
import { actionsFor } from "./actionsFor";
import { DeleteDialog } from "./DeleteDialog";
import { StopDialog } from "./StopDialog";

const WAITING = { pause: "Pausing…", resume: "Resuming…", stop: "Stopping…", delete: "Deleting…" } as const;

/** The buttons of what can be asked of a study now; what loses something asks first. */
export function Actions({ study }: { readonly study: Study }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<Action | null>(null);
  const { mutate, isPending, variables, error, reset } = useMutation({
    mutationFn: (wish: Wish) => askOfStudy(study.name, wish),
    onSuccess: (_, { action }) => {
      if (action === "delete") navigate("/studies");
    },
    onSettled: () => Promise.all([["studies"], ...studyKeys(study.name)].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  const wish = (wanted: Wish) => {
    setAsking(null);
    mutate(wanted);
  };
  const press = (action: Action) => (action === "stop" || action === "delete" ? setAsking(action) : wish({ action }));
  const close = () => setAsking(null);
  const labels = { pause: "Pause", resume: "Resume", stop: study.desired === "stopped" ? "Stop now…" : "Stop…", delete: "Delete…" };
  return (
    <div className="actions">
      {actionsFor(study).map((action) => (
        <button
          key={action}
          type="button"
          className={`button ${action === "stop" || action === "delete" ? "danger" : ""}`}
          disabled={isPending}
          onClick={() => press(action)}
        >
          {isPending && variables.action === action ? WAITING[action] : labels[action]}
        </button>
      ))}
      {asking === "stop" && <StopDialog study={study} onStop={(running) => wish({ action: "stop", running })} onClose={close} />}
      {asking === "delete" && <DeleteDialog study={study} onDelete={() => wish({ action: "delete" })} onClose={close} />}
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
