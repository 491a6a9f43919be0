import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { confirmStudy } from "../../api/answers";
import type { StudyView } from "../../api/types";
import type { Asked, Proposed } from "../../format/answers";
import { confirmationOf, formatCost } from "../../format/answers";
import { ConfirmDialog } from "../basics/ConfirmDialog";
import { ErrorNotice } from "../basics/Notice";

interface Props {
  readonly study: StudyView;
  readonly proposed: Proposed;
}

const DEFAULT_FOLDS = 5;
const MOST = { k: 50, seeds: 100 } as const;

/** Offers to train the best trials once more, asks first, and leads to the study that does. */
export function ConfirmButton({ study, proposed }: Props) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { mutate, data: made, error, isPending } = useMutation({
    mutationFn: (asked: Asked) => confirmStudy(study.name, confirmationOf(asked, proposed)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["studies"] }),
  });
  return (
    <div className="confirm-offer">
      <button type="button" className="button primary small" disabled={isPending} onClick={() => setAsking(true)}>
        {isPending ? "Submitting…" : "Confirm…"}
      </button>{" "}
      {made ? (
        <span role="status">
          <Link href={`/studies/${encodeURIComponent(made.name)}`}>{made.name}</Link> trains them once more; its ranking will answer.
        </span>
      ) : (
        <span className="muted">
          trains {proposed.k} trials over {proposed.seeds} fresh seeds: {formatCost({ ...proposed, over: "seeds" }, 1, proposed)}
        </span>
      )}
      {error && <ErrorNotice error={error} />}
      {asking && (
        <Question
          study={study}
          proposed={proposed}
          onClose={() => setAsking(false)}
          onConfirm={(asked) => {
            setAsking(false);
            mutate(asked);
          }}
        />
      )}
    </div>
  );
}

interface QuestionProps extends Props {
  readonly onConfirm: (asked: Asked) => void;
  readonly onClose: () => void;
}

function Question({ study, proposed, onConfirm, onClose }: QuestionProps) {
  const [asked, setAsked] = useState<Asked>({ k: proposed.k, seeds: proposed.seeds, over: "seeds" });
  const folds = foldsOf(study);
  const over = (value: Asked["over"], title: string, answers: string) => (
    <label className="choice">
      <input type="radio" name="over" checked={asked.over === value} onChange={() => setAsked({ ...asked, over: value })} />
      <span>
        <strong>{title}</strong> {answers}
      </span>
    </label>
  );
  const count = (name: keyof typeof MOST, label: string) => (
    <label className="count">
      {label}
      <input type="number" min={2} max={MOST[name]} value={asked[name]} onChange={(event) => setAsked({ ...asked, [name]: within(event.target.valueAsNumber, MOST[name]) })} />
    </label>
  );
  return (
    <ConfirmDialog title="Train the best once more?" action="Confirm them" harmless onConfirm={() => onConfirm(asked)} onClose={onClose}>
      <p>
        A study of its own trains the best trials again, all with the same seeds, which none of them has had: they are compared in
        pairs, and were chosen before the seeds were drawn.
      </p>
      <div className="counts">
        {count("k", "Best trials")}
        {count("seeds", "Fresh seeds")}
      </div>
      <fieldset>
        <legend>Over</legend>
        {over("seeds", "Seeds.", "Answers for this split of the data.")}
        {over("folds", `${folds} folds.`, "Answers for the data, each fold with every seed.")}
      </fieldset>
      <p className="number">
        <strong>{formatCost(asked, folds, proposed)}</strong>
      </p>
    </ConfirmDialog>
  );
}

function foldsOf({ definition }: StudyView): number {
  const replicates = definition["replicates"] as { readonly folds?: number | null } | undefined;
  return replicates?.folds ?? DEFAULT_FOLDS;
}

function within(value: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(2, Math.round(value))) : 2;
}
