import { useState } from "react";
import type { RunningTrials, Study } from "../../api/types";
import { plural } from "../../format/numbers";
import { ConfirmDialog } from "../basics/ConfirmDialog";

interface Props {
  readonly study: Study;
  readonly onStop: (running: RunningTrials) => void;
  readonly onClose: () => void;
}

const CANCELLED = "Cancelled, without a result; the curves so far are kept.";

/** Asks before a study is stopped, and what becomes of what runs; of one that is stopping, whether to end that as well. */
export function StopDialog({ study, onStop, onClose }: Props) {
  const [running, setRunning] = useState<RunningTrials>("finish");
  const { counts, desired, name, state } = study;
  const training = state === "RUNNING" ? counts.RUNNING : 0;
  const waiting = counts.WAITING + counts.RUNNING - training;  // in a paused study, begun trials wait too
  if (desired === "stopped") {
    return (
      <ConfirmDialog title="End the running trials too?" action="Stop them at the next batch" onConfirm={() => onStop("checkpoint")} onClose={onClose}>
        <p>
          {plural(training, "trial")} would still train to the end. At the next batch: {CANCELLED.toLowerCase()}
        </p>
      </ConfirmDialog>
    );
  }
  const choice = (value: RunningTrials, title: string, consequence: string) => (
    <label className="choice">
      <input type="radio" name="running" checked={running === value} onChange={() => setRunning(value)} />
      <span>
        <strong>{title}</strong> {consequence}
      </span>
    </label>
  );
  return (
    <ConfirmDialog title={`Stop ${name}?`} action="Stop the study" onConfirm={() => onStop(running)} onClose={onClose}>
      <p>
        No trial starts any more{waiting > 0 && `, and ${plural(waiting, "waiting trial")} will be cancelled`}. All results stay, and the
        study can be resumed.
      </p>
      {training > 0 && (
        <fieldset>
          <legend>{plural(training, "running trial")}</legend>
          {choice("finish", "Train to the end.", "The results count.")}
          {choice("checkpoint", "Stop at the next batch.", CANCELLED)}
        </fieldset>
      )}
    </ConfirmDialog>
  );
}
