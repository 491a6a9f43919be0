import type { Study } from "../../api/types";
import { plural } from "../../format/numbers";
import { ConfirmDialog } from "../basics/ConfirmDialog";

interface Props {
  readonly study: Study;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

/** Asks before a study is deleted, and says what goes with it. */
export function DeleteDialog({ study: { name, state, counts, links }, onDelete, onClose }: Props) {
  const trials = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <ConfirmDialog title={`Delete ${name}?`} action="Delete the study" onConfirm={onDelete} onClose={onClose}>
      <p>With it go, for good:</p>
      <ul>
        <li>{plural(trials, "trial")} with parameters and results</li>
        <li>their curves, logs and artifacts (pictures, models, checkpoints)</li>
        {links.mlflow && <li>its experiment in MLflow</li>}
      </ul>
      {state === "RUNNING" && counts.RUNNING > 0 && <p>{plural(counts.RUNNING, "running trial")} will be ended first.</p>}
    </ConfirmDialog>
  );
}
