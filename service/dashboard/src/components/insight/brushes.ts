/** Brushes on parallel axes. ECharts keeps them in its models alone: neither its options nor its types tell of them. */

import type { ECharts, EChartsCoreOption } from "echarts/core";

interface Axis {
  readonly name: string;
  readonly activeIntervals: readonly (readonly number[])[];
}

interface Model {
  eachComponent(kind: "parallelAxis", see: (axis: Axis) => void): void;
  getSeries(): readonly { getRawIndicesByActiveState(state: string): readonly number[] }[];
}

/** Which lines of the first series lie within all brushes; null without a brush. */
export function brushed(chart: ECharts): readonly number[] | null {
  if (axesOf(chart).every(({ activeIntervals }) => activeIntervals.length === 0)) return null;
  return modelOf(chart)?.getSeries()[0]?.getRawIndicesByActiveState("active") ?? null;
}

/** Draw anew. Brushes stay, for what they pin is itself drawn anew, and nobody hears of them again. */
export function redraw(chart: ECharts, option: EChartsCoreOption): void {
  const before = axesOf(chart);
  chart.setOption(option, { notMerge: true });
  axesOf(chart).forEach(({ name }, parallelAxisIndex) => {
    const intervals = before[parallelAxisIndex]?.name === name ? before[parallelAxisIndex].activeIntervals : [];
    if (intervals.length > 0) chart.dispatchAction({ type: "axisAreaSelect", parallelAxisIndex, intervals }, { silent: true });
  });
}

function axesOf(chart: ECharts): Axis[] {
  const axes: Axis[] = [];
  modelOf(chart)?.eachComponent("parallelAxis", ({ name, activeIntervals }) => axes.push({ name, activeIntervals }));
  return axes;
}

/** There is none before the first option. */
function modelOf(chart: ECharts): Model | undefined {
  return (chart as unknown as { getModel(): Model | undefined }).getModel();
}
