import { useMemo } from "react";
import { formatNumber, plural } from "../../../format/numbers";
import { usePareto } from "../../../state/url/insight";
import { useParameter } from "../../../state/url/selection";
import { LateEChart } from "../LateEChart";
import { isJudged, valueAt } from "../options/dots";
import type { Dot } from "../options/options";
import { paretoOption } from "../options/options";
import { PictureTable, TrialLink } from "../PictureTable";
import { Reading } from "../Reading";
import type { Pictured } from "./props";
import { useColors } from "./useColors";

/** Two objectives against each other; which two is the reader's choice where there are more. */
export function ParetoPicture({ study, trials }: Pick<Pictured, "study" | "trials">) {
  const { data, error } = usePareto(study);
  const colors = useColors();
  const metrics = study.objectives.map(({ metric }) => metric);
  const [named, choose] = useParameter("front");
  const against = Math.max(1, metrics.indexOf(named ?? ""));
  const option = useMemo(() => {
    const dots = trials.filter(isJudged).flatMap((trial): Dot[] => {
      const [x, y] = [valueAt(trial, 0), valueAt(trial, against)];
      return x === null || y === null ? [] : [[x, y, trial.number]];
    });
    return data && paretoOption(data, dots, [0, against], colors);
  }, [data, trials, against, colors]);
  const tools = metrics.length > 2 && (
    <select aria-label={`${metrics[0]} against`} value={metrics[against]} onChange={(event) => choose(event.target.value)}>
      {metrics.slice(1).map((metric) => <option key={metric}>{metric}</option>)}
    </select>
  );
  return (
    <Reading title="What no trial is better than" hint={`${metrics[0]} against ${metrics[against]}, with the ${plural(data?.items.length ?? 0, "trial")} that none is better than in all ${metrics.length} objectives`} error={error} found={data} tools={tools}>
      {option && data && <LateEChart option={option} height={300} label={`front of ${plural(data.items.length, "trial")}`} />}
      {data && (
        <PictureTable
          label="the front in numbers"
          heads={["trial", ...metrics]}
          rows={data.items}
          keyOf={({ trial }) => trial}
          cellsOf={({ trial, values }) => [<TrialLink key="trial" study={study.name} trial={trial} />, ...values.map(formatNumber)]}
        />
      )}
    </Reading>
  );
}
