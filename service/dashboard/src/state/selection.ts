/** What the reader chose, kept in the address, so that it can be shared, reloaded and bookmarked. */

import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** One search parameter and its setter; `null` takes it out of the address. */
export function useParameter(name: string): [string | null, (value: string | null) => void] {
  const [parameters, set] = useParameters();
  return [parameters.get(name), useCallback((value: string | null) => set(name, value), [name, set])];
}

/** All search parameters, a setter for one of them, and one that takes them all out of the address. */
export function useParameters(): [URLSearchParams, (name: string, value: string | null) => void, () => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (name: string, value: string | null) => {
      setParameters((present) => {
        const next = new URLSearchParams(present);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      }, { replace: true });
    },
    [setParameters],
  );
  const clear = useCallback(() => setParameters(new URLSearchParams(), { replace: true }), [setParameters]);
  return [parameters, set, clear];
}

export interface Selection {
  readonly trial: number | null;
  /** The run that a deep link names, or that was chosen among the trial's runs. */
  readonly run: string | null;
  readonly select: (trial: number | null, run?: string | null) => void;
}

/** The selected trial (`?trial=3`) and run (`?run=…`); `trialOf` finds the trial of a run that stands alone. */
export function useSelection(trialOf: (run: string) => number | null): Selection {
  const [parameters, setParameters] = useSearchParams();
  const run = parameters.get("run");
  const named = parameters.get("trial");
  const number = named !== null && /^\d+$/.test(named) ? Number(named) : null;
  const select = useCallback(
    (trial: number | null, chosen: string | null = null) => {
      setParameters((present) => {
        const next = new URLSearchParams(present);
        next.delete("trial");
        next.delete("run");
        if (trial !== null) next.set("trial", String(trial));
        if (chosen !== null) next.set("run", chosen);
        return next;
      }, { replace: true });
    },
    [setParameters],
  );
  return { trial: number ?? (run === null ? null : trialOf(run)), run, select };
}
