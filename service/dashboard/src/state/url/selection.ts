/** What the reader chose, kept in the address, so that it can be shared, reloaded and bookmarked; Back undoes a choice. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "./parameters";

/** How a choice is kept: one that goes on, such as typing, is no step that Back would undo. */
export interface Keeping {
  readonly going?: boolean;
}

/** One search parameter and its setter; `null` takes it out of the address. */
export function useParameter(name: string): [string | null, (value: string | null, keeping?: Keeping) => void] {
  const [parameters, set] = useParameters();
  return [parameters.get(name), useCallback((value, keeping) => set(name, value, keeping), [name, set])];
}

/** All search parameters, a setter for one of them, and one that takes them all out of the address. */
export function useParameters(): [URLSearchParams, (name: string, value: string | null, keeping?: Keeping) => void, () => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (name: string, value: string | null, { going = false }: Keeping = {}) => {
      setParameters((present) => {
        const next = new URLSearchParams(present);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      }, { replace: going });
    },
    [setParameters],
  );
  const clear = useCallback(() => setParameters(() => new URLSearchParams()), [setParameters]);
  return [parameters, set, clear];
}

export type Select = (trial: number | null, run?: string | null, keeping?: Keeping) => void;

export interface Selection {
  readonly trial: number | null;
  /** The run that a deep link names, or that was chosen among the trial's runs. */
  readonly run: string | null;
  readonly select: Select;
}

/** The selected trial (`?trial=3`) and run (`?run=…`); `trialOf` finds the trial of a run that stands alone. */
export function useSelection(trialOf: (run: string) => number | null): Selection {
  const [parameters, setParameters] = useSearchParams();
  const run = parameters.get("run");
  const named = parameters.get("trial");
  const number = named !== null && /^\d+$/.test(named) ? Number(named) : null;
  const select = useCallback<Select>(
    (trial, chosen = null, { going = false } = {}) => {
      setParameters((present) => {
        const next = new URLSearchParams(present);
        next.delete("trial");
        next.delete("run");
        if (trial !== null) next.set("trial", String(trial));
        if (chosen !== null) next.set("run", chosen);
        return next;
      }, { replace: going });
    },
    [setParameters],
  );
  return { trial: number ?? (run === null ? null : trialOf(run)), run, select };
}

/** Makes of the trials that are pinned now those that are to be. */
export type ChangePins = (change: (pins: ReadonlySet<number>) => Iterable<number>) => void;

/** The trials that keep their emphasis (`?pin=3&pin=5`), in chart, table and parallel coordinates alike; on a page of several studies those of one (`?pin=digits:3`). */
export function usePins(study = ""): [ReadonlySet<number>, ChangePins] {
  const [parameters, setParameters] = useSearchParams();
  const texts = parameters.getAll("pin").join(" ");
  const pins = useMemo(() => pinsOf(texts.split(" "), study), [texts, study]);
  const set = useCallback<ChangePins>(
    (changed) => {
      setParameters((present) => {
        const next = new URLSearchParams(present);
        const before = next.getAll("pin");
        next.delete("pin");
        const others = study === "" ? [] : before.filter((text) => pinOf(text, study) === null);
        const own = [...new Set(changed(pinsOf(before, study)))].sort((a, b) => a - b).map((number) => (study === "" ? String(number) : `${study}:${number}`));
        for (const text of [...others, ...own]) next.append("pin", text);
        return next;
      });
    },
    [setParameters, study],
  );
  return [pins, set];
}

function pinsOf(texts: readonly string[], study: string): ReadonlySet<number> {
  return new Set(texts.flatMap((text) => pinOf(text, study) ?? []));
}

/** The number of a pinned trial; null of another study's. */
function pinOf(text: string, study: string): number | null {
  const number = study === "" ? text : text.startsWith(`${study}:`) ? text.slice(study.length + 1) : "";
  return /^\d+$/.test(number) ? Number(number) : null;
}
