import { useMemo } from "react";
import type { StudyView, Summaries, Trial } from "../../api/types";
import { allColumnsOf, columnsOf } from "../../format/columns";
import { useSummaries } from "../../state/queries";
import type { TableView } from "../../state/url/table";
import type { TableColumn } from "./tableColumns";
import { metricColumns, parameterColumns, summarizedMetrics, trialColumns } from "./tableColumns";

/** Every column that the table can have; what curves came to is fetched for those that are shown. */
export function useTableColumns(study: StudyView, trials: readonly Trial[], soFar: ReadonlyMap<number, number>, view: TableView): TableColumn[] {
  const { name, metrics, objective, objectives, counts } = study;
  const wanted = useMemo(() => summarizedMetrics(view), [view]);
  const found = useSummaries(name, wanted, counts.RUNNING > 0);
  const summaries = useMemo(() => new Map(found.filter((one): one is Summaries => one !== undefined).map((one) => [one.metric, one])), [found]);
  const parameters = useMemo(() => parameterColumns(allColumnsOf(trials), columnsOf(trials)), [trials]);
  const table = useMemo(() => ({ metrics, objective, objectives }), [metrics, objective, objectives]);
  return useMemo(
    () => [...trialColumns(table, soFar), ...parameters, ...metricColumns(table, summaries)],
    [table, soFar, parameters, summaries],
  );
}
