/** Those that draw the same lines: the dashboard's chart, uPlot, ECharts and strips of lines in WebGL2. */

import * as echarts from "echarts";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { trialOf } from "../src/api/fixtures";
import { paletteOf } from "../src/charts/colors";
import { CrowdPicture } from "../src/charts/drawing/crowdPicture";
import { Plot } from "../src/charts/plot";
import { sceneOf } from "../src/charts/scene";
import { lineOf } from "../src/curves/fixtures";
import { groupsOf } from "../src/curves/groups/groups";
import type { Range } from "../src/curves/points/ranges";
import { membersOf } from "../src/curves/groups/subject";
import { UNGROUPED } from "../src/state/url/bench";
import { strips } from "./strips";

export interface Lines {
  readonly xs: Float64Array;
  readonly ys: readonly Float64Array[];
}

export interface Contender {
  /** Draw the part of the plane; it is drawn to its last pixel when the promise is kept. */
  draw(x: Range, y: Range): Promise<void>;
  destroy(): void;
}

type Make = (target: HTMLElement, lines: Lines) => Contender;

const COLOR = "#5c72ce";
/** That of the chart's own lines in such crowds. */
const alphaOf = ({ ys }: Lines) => (ys.length > 200 ? 0.42 : 0.85);

/** Each at one or more settings, of which the better one counts. */
export const CONTENDERS: Readonly<Record<string, Readonly<Record<string, Make>>>> = {
  Studyhall: { "as it is": ours },
  uPlot: { "opaque, 1 px": (target, lines) => uplots(target, lines, 1), "as faint as ours": (target, lines) => uplots(target, lines, alphaOf(lines)) },
  ECharts: { "a data zoom": (target, lines) => echartses(target, lines, true), "an axis": (target, lines) => echartses(target, lines, false) },
  "WebGL2 strips": { "1 px": (target, lines) => strips(target, lines, [0.36, 0.45, 0.81, alphaOf(lines)]) },
};

/** What was asked of a canvas has been done once one of its pixels is known. */
function readBack(canvas: HTMLCanvasElement): void {
  canvas.getContext("2d")?.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1);
}

function canvasOf(target: HTMLElement): HTMLCanvasElement {
  return target.querySelector("canvas") as HTMLCanvasElement;
}

function ours(target: HTMLElement, { xs, ys }: Lines): Contender {
  const lines = ys.map((line, number) => lineOf(number, [], { xs, ys: line, value: line.at(-1) ?? null }));
  const members = membersOf("lines", lines.map(({ value }, number) => trialOf(number, value)));
  const palette = paletteOf(false);
  const context = { members, grouping: groupsOf(members, UNGROUPED, []), best: null, selected: null, pins: [], baseline: null, maximize: false, judged: new Map(), higherIsBetter: false, coloring: null, dashes: null, rungs: [], palette };
  const scene = sceneOf(lines, context);
  const listeners = { onHover() {}, onSelect() {}, onZoom() {} };
  const plot = new Plot(target, { axis: "epoch", logX: false, scale: "linear", upward: false, clip: true, palette }, listeners, new CrowdPicture(0));  // painted for each frame, and never moved
  return {
    async draw(x, y) {
      plot.show(scene, { x, y });
      await Promise.resolve();  // uPlot gathers changes until the present task is done
      readBack(canvasOf(target));
    },
    destroy: () => plot.destroy(),
  };
}

function uplots(target: HTMLElement, { xs, ys }: Lines, alpha: number): Contender {
  const stroke = alpha === 1 ? COLOR : `${COLOR}${Math.round(255 * alpha).toString(16)}`;
  let y: Range = [0, 1];
  const plot = new uPlot(
    {
      width: target.clientWidth,
      height: target.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: () => [...y] } },
      series: [{}, ...ys.map(() => ({ stroke, width: 1, points: { show: false }, pxAlign: 0 }))],
    },
    [xs, ...ys] as unknown as uPlot.AlignedData,
    target,
  );
  return {
    async draw([min, max], chosen) {
      y = chosen;
      plot.setScale("x", { min, max });
      await Promise.resolve();
      readBack(canvasOf(target));
    },
    destroy: () => plot.destroy(),
  };
}

function echartses(target: HTMLElement, { xs, ys }: Lines, zooming: boolean): Contender {
  const chart = echarts.init(target, null, { renderer: "canvas" });
  const axis = { type: "value", animation: false } as const;
  chart.setOption({
    animation: false,
    grid: { left: 50, right: 16, top: 12, bottom: 30 },
    xAxis: { ...axis, min: xs[0], max: xs.at(-1) },
    yAxis: axis,
    dataZoom: zooming ? [{ type: "inside", xAxisIndex: 0, filterMode: "none" }, { type: "inside", yAxisIndex: 0, filterMode: "none" }] : [],
    series: ys.map((line) => ({
      type: "line",
      data: Array.from(line, (value, index) => [xs[index], value]),
      showSymbol: false,
      silent: true,
      sampling: "minmax",
      emphasis: { disabled: true },
      lineStyle: { width: 1, color: COLOR, opacity: alphaOf({ xs, ys }) },
    })),
  });
  return {
    async draw(x, y) {
      if (zooming) chart.dispatchAction({ type: "dataZoom", batch: [x, y].map(([startValue, endValue], dataZoomIndex) => ({ dataZoomIndex, startValue, endValue })) });
      else chart.setOption({ xAxis: { min: x[0], max: x[1] }, yAxis: { min: y[0], max: y[1] } });
      chart.getZr().refreshImmediately();
      readBack(canvasOf(target));
    },
    destroy: () => chart.dispose(),
  };
}
