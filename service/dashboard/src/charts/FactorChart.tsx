import { useCallback, useMemo } from "react";
import type uPlot from "uplot";
import type { SchedulePreview } from "../api/types";
import { formatNumber } from "../format/numbers";
import { useDark } from "../state/theme";
import { axesOf } from "./scales/axes";
import type { Palette } from "./colors";
import { DARK, LIGHT } from "./colors";
import type { MakeOptions } from "./useSmallChart";
import { useSmallChart } from "./useSmallChart";

const HEIGHT = 250;

/** The factor of the base rate over the steps of a run, with the value under the pointer. */
export function FactorChart({ preview, label }: { readonly preview: SchedulePreview; readonly label: string }) {
  const palette = useDark() ? DARK : LIGHT;
  const data = useMemo<uPlot.AlignedData>(
    () => [preview.points.map(({ step }) => step), preview.points.map(({ factor }) => factor)],
    [preview],
  );
  const { target, index } = useSmallChart(data, useCallback((onIndex) => optionsOf(palette, onIndex), [palette]));

  const point = index === null ? undefined : preview.points[index];
  return (
    <figure className="factor-chart">
      <div ref={target} className="factor-plot" role="img" aria-label={label} />
      <figcaption className="muted number">
        {point ? `step ${point.step}: ${formatNumber(point.factor)} of the base rate` : "factor of the base rate, by optimizer step"}
      </figcaption>
    </figure>
  );
}

function optionsOf(palette: Palette, onIndex: (index: number | null) => void): ReturnType<MakeOptions> {
  return {
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    padding: [12, 16, 0, 0],
    scales: { x: { time: false }, y: { range: [0, 1.05] } },
    series: [{}, { stroke: palette.ramp[1], width: 2, fill: `${palette.ramp[1]}1f`, points: { show: false } }],
    axes: axesOf("step", "linear", palette),
    hooks: { setCursor: [({ cursor: { idx } }) => onIndex(idx ?? null)] },
  };
}
