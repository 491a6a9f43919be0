import { useMemo } from "react";
import { useLocation } from "wouter";
import { formatNumber } from "../../../format/numbers";
import { LateEChart } from "../LateEChart";
import { bestFirst, dotsBy } from "../options/dots";
import { historyOption } from "../options/options";
import { PictureTable, TrialLink, trialUrl } from "../PictureTable";
import { Reading } from "../Reading";
import type { Pictured } from "./props";
import { useColors } from "./useColors";

export function HistoryPicture({ study, trials, objective, place }: Pictured) {
  const [, navigate] = useLocation();
  const colors = useColors();
  const dots = useMemo(() => dotsBy(trials, place, ({ number }) => number), [trials, place]);
  const option = useMemo(() => historyOption(dots, objective, colors), [dots, objective, colors]);
  const ordered = useMemo(() => [...dots].sort(([a], [b]) => Number(a) - Number(b)), [dots]);
  return (
    <Reading title="How the best came about" hint="Completed trials by number; a click opens one" error={null} found={null}>
      <LateEChart option={option} height={300} label={`${objective.metric} by trial`} onPick={(index, series) => series === "trials" && ordered[index] && navigate(trialUrl(study.name, ordered[index][2]))} />
      <PictureTable
        label={`${objective.metric} by trial, in numbers`}
        heads={["trial", objective.metric]}
        rows={bestFirst(dots, ([, value]) => value, objective.direction)}
        keyOf={([, , trial]) => trial}
        cellsOf={([, value, trial]) => [<TrialLink key="trial" study={study.name} trial={trial} />, formatNumber(value)]}
      />
    </Reading>
  );
}
