import { useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import { useCurves } from "../../state/queries";
import { valuesSoFar } from "./soFar";

const NONE: ReadonlyMap<number, number> = new Map();

/** What the running trials of a study have reached; it follows their curves, as the chart does. */
export function useSoFar({ name, objective, definition }: StudyView, trials: readonly Trial[]): ReadonlyMap<number, number> {
  const runs = useMemo(() => trials.filter(({ state }) => state === "RUNNING").flatMap(({ run_ids }) => run_ids), [trials]);
  const { data } = useCurves([name], runs.length > 0 ? objective.metric : null, runs);
  const replicates = definition["replicates"] as { readonly aggregate?: string } | undefined;
  return useMemo(() => (runs.length > 0 ? valuesSoFar(data, objective, replicates?.aggregate ?? "mean") : NONE), [runs, data, objective, replicates]);
}
