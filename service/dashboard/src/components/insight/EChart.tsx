import { CustomChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import { GridComponent, ParallelComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import type { ECharts, EChartsCoreOption } from "echarts/core";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { brushed, redraw } from "./brushes";

register([CustomChart, LineChart, ParallelChart, ScatterChart, GridComponent, ParallelComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export interface ChartEvents {
  /** A click on something drawn, by its place in its series. */
  readonly onPick?: (index: number, series: string) => void;
  /** The places of the lines that the brushes on parallel axes choose; null without a brush. */
  readonly onBrush?: (indices: readonly number[] | null) => void;
}

interface Props extends ChartEvents {
  readonly option: EChartsCoreOption;
  readonly height: number;
  readonly label: string;
}

/** One of ECharts' pictures, as large as its place. */
export default function EChart({ option, height, label, onPick, onBrush }: Props) {
  const target = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const events = useRef<ChartEvents>({});
  useEffect(() => {
    events.current = { ...(onPick && { onPick }), ...(onBrush && { onBrush }) };
  });

  useEffect(() => {
    const element = target.current as HTMLDivElement;
    const made = init(element);
    chart.current = made;
    made.on("click", ({ dataIndex, seriesName }) => events.current.onPick?.(dataIndex, seriesName ?? ""));
    made.on("axisareaselected", () => events.current.onBrush?.(brushed(made)));
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);

  useEffect(() => {
    if (chart.current) redraw(chart.current, option);
  }, [option]);

  return <div ref={target} className="echart" style={{ height }} role="img" aria-label={label} />;
}
