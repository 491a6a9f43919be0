/** The text that an editor begins with: another study, a trial, a ready-made study, or a small example. */

import { useEffect, useState } from "react";
import { stringify } from "yaml";
import { useLibraryText, useStudyOrNothing, useTrialOrNothing } from "../../state/drafts";

const EXAMPLE = `name: which-optimizer
experiment: digits-mlp
objective: val_accuracy
sampler: tpe
pruner: median
space:
  optimizer:
    choice:
      - {name: adam, lr: {log_uniform: [1e-4, 1e-1]}}
      - {name: momentum, lr: {log_uniform: [1e-3, 1.0]}}
max_trials: 20
`;

export interface Origin {
  readonly study: string | null;
  readonly trial: number | null;
  readonly ready: string | null;
}

export interface Draft {
  readonly text: string | null;
  /** The text that it began with. */
  readonly begun: string | null;
  readonly error: Error | null;
  readonly change: (text: string) => void;
}

/** What was typed stays, until another beginning is chosen. */
export function useDraft({ study, trial, ready }: Origin): Draft {
  const [typed, setTyped] = useState<string | null>(null);
  const origin = JSON.stringify([study, trial, ready]);
  useEffect(() => setTyped(null), [origin]);
  const trialFound = useTrialOrNothing(study, trial);
  const studyFound = useStudyOrNothing(trial === null ? study : null);
  const readyFound = useLibraryText(ready);
  const error = trialFound.error ?? studyFound.error ?? readyFound.error;
  const { definition } = studyFound.data ?? {};
  const begun =
    study !== null && trial !== null ? trialFound.data && stringify(trialFound.data.rerun)
    : study !== null ? definition && stringify({ ...definition, name: `${study}-2` })
    : ready !== null ? readyFound.data?.text
    : EXAMPLE;
  return { text: typed ?? begun ?? null, begun: begun ?? null, error, change: setTyped };
}
