/** What a study's trials tell of its parameters; computed anew as trials complete, less often the more there are. */

import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { getEffects, getImportances, getParallel, getPareto } from "../api/analyses";
import type { Study } from "../api/types";

/** A number that changes with every trial at first, and then with every tenth part more. */
function stage(completed: number): number {
  return completed < 20 ? completed : Math.floor(Math.log(completed) / Math.log(1.1));
}

function useAnalysis<T>(name: string, { name: study, counts, state }: Study, ask: ((study: string) => Promise<T>) | null) {
  return useQuery({
    queryKey: ["insight", study, name, stage(counts.COMPLETED), state === "RUNNING"],
    queryFn: ask === null ? skipToken : () => ask(study),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export const useImportances = (study: Study) => useAnalysis("importances", study, getImportances);
export const useEffects = (study: Study) => useAnalysis("effects", study, getEffects);
export const useParallel = (study: Study) => useAnalysis("parallel", study, getParallel);
export const usePareto = (study: Study) => useAnalysis("pareto", study, study.objectives.length > 1 ? getPareto : null);
