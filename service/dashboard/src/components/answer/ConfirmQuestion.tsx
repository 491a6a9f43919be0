import { useState } from "react";
import type { StudyView } from "../../api/types";
import type { Asked, Proposed } from "../../format/answers";
import { formatCost, isTested } from "../../format/answers";
import { ConfirmDialog } from "../basics/ConfirmDialog";

interface Props {
  readonly study: StudyView;
  readonly proposed: Proposed;
  /** The trials that are trained, in words, where they are not just the best. */
  readonly named: string | null;
  readonly onConfirm: (asked: Asked) => void;
  readonly onClose: () => void;
}

const DEFAULT_FOLDS = 5;
const MOST = { k: 50, seeds: 100 } as const;

/** What a confirmation trains, over what, and how long that takes, before it begins. */
export function ConfirmQuestion({ study, proposed, named, onConfirm, onClose }: Props) {
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
    <ConfirmDialog title="Train the best with fresh seeds?" action="Confirm them" harmless onConfirm={() => onConfirm(asked)} onClose={onClose}>
      <p>
        A study of its own trains {named ?? "the best trials"} again, all with the same seeds, which none of them has had: they are
        compared in pairs, and were chosen before the seeds were drawn.
      </p>
      <div className="counts">
        {named === null && count("k", "Best trials")}
        {count("seeds", "Fresh seeds")}
      </div>
      <fieldset>
        <legend>Over</legend>
        {over("seeds", "Seeds.", "Answers for this split of the data.")}
        {over("folds", `${folds} folds.`, "Answers for the data, each fold with every seed.")}
      </fieldset>
      <p className="number">
        <strong>{formatCost(asked, folds, proposed)}</strong>
        {proposed.seconds !== null && <span className="muted">, as the newest runs took, so many at a time</span>}
      </p>
      {isTested(study) && <p className="muted">At its end the best of them is measured on the test split, which counts as a look at it.</p>}
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
