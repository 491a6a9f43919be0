/** What a study's trials tell of its parameters; computed anew as trials complete, less often the more there are. */

import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { getContour, getEffects, getImportances, getParallel, getPareto } from "../../api/analyses";
import type { Study } from "../../api/types";
import { useParameter } from "./selection";

type Objective = Study["objective"];

/** A number that changes with every trial at first, and then with every tenth part more. */
function stage(completed: number): number {
  return completed < 20 ? completed : Math.floor(Math.log(completed) / Math.log(1.1));
}

/** What is shown stays while it is computed anew, or of other parameters; who chooses another objective begins anew. */
function useAnalysis<T>(name: string, objective: string | null, what: unknown, { name: study, counts, state }: Study, ask: (() => Promise<T>) | null) {
  return useQuery({
    queryKey: ["insight", study, name, objective, what, stage(counts.COMPLETED), state === "RUNNING"],
    queryFn: ask ?? skipToken,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export const useImportances = (study: Study, { metric }: Objective) => useAnalysis("importances", metric, null, study, () => getImportances(study.name, metric));
export const useEffects = (study: Study, { metric }: Objective) => useAnalysis("effects", metric, null, study, () => getEffects(study.name, metric));
export const useParallel = (study: Study, { metric }: Objective) => useAnalysis("parallel", metric, null, study, () => getParallel(study.name, metric));
export const usePareto = (study: Study) => useAnalysis("pareto", null, null, study, study.objectives.length > 1 ? () => getPareto(study.name) : null);

/** Nothing is asked while there are no two parameters. */
export function useContour(study: Study, { metric }: Objective, parameters: readonly [string, string] | null) {
  return useAnalysis("contour", metric, parameters, study, parameters && (() => getContour(study.name, metric, parameters)));
}

/** The objective that pictures go by, `?objective=val_loss`: the study's first, while the reader has not chosen another. */
export function useObjective({ objectives }: Study): [objective: Objective, place: number, choose: (metric: string) => void] {
  const [named, set] = useParameter("objective");
  const place = Math.max(0, objectives.findIndex(({ metric }) => metric === named));
  return [objectives[place] as Objective, place, (metric) => set(metric === objectives[0]?.metric ? null : metric)];
}
