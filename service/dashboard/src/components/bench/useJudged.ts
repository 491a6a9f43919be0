import { useMemo } from "react";
import type { Curves } from "../../api/types";
import type { Judged } from "../../charts/scales/starring";
import { judgedOf } from "../../charts/scales/starring";
import type { Subject } from "../../curves/groups/subject";
import { linesOf } from "../../curves/lines";
import type { XAxis } from "../../state/url/bench";
import { useCurves } from "../../state/queries";

interface Input {
  readonly subject: Subject;
  /** What is drawn, and its curves. */
  readonly metric: string | null;
  readonly curves: Curves | undefined;
  readonly axis: XAxis;
}

const NONE: readonly string[] = [];

/** Where the runs of the best trial are judged; of another metric than the objective, by the objective's curves, which are fetched for it. */
export function useJudged({ subject: { studies, members, best, keyOf }, metric, curves, axis }: Input): { readonly judged: Judged; readonly isLoading: boolean } {
  const { metric: objective, reduce } = studies[0]?.objective ?? { metric: null, reduce: "best" as const };
  const runs = members.find(({ key }) => key === best)?.trial.run_ids ?? NONE;
  const isDrawn = metric === objective;
  const names = useMemo(() => studies.map(({ name }) => name), [studies]);
  const beside = useCurves(names, isDrawn || runs.length === 0 ? null : objective, runs, axis);
  const found = isDrawn ? curves : beside.data;
  const judged = useMemo<Judged>(() => {
    if (found?.metric !== objective) return new Map();
    const series = found.series.filter(({ run_id: id }) => runs.includes(id));
    return judgedOf(linesOf({ data: { ...found, series }, part: "only" }, axis, keyOf), reduce);
  }, [found, objective, runs, axis, keyOf, reduce]);
  return { judged, isLoading: beside.isLoading };
}
