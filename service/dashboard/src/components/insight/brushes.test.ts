import { ParallelChart } from "echarts/charts";
import { ParallelComponent, VisualMapComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { afterEach, expect, test } from "vitest";
import type { Parallel } from "../../api/types";
import { brushed, redraw } from "./brushes";
import type { Colors } from "./options/colors";
import { mergeAxes } from "./options/axes";
import { parallelOption } from "./options/options";

register([ParallelChart, ParallelComponent, VisualMapComponent, SVGRenderer]);

const colors = { text: "#000", muted: "#666", line: "#ccc", panel: "#fff", accent: "#00f", best: "#f80", faint: "#ddd", raised: "#eee", completed: "#00f", running: "#0f0", failed: "#f00", paused: "#fa0" } satisfies Colors;
const axis = { choices: null, low: 0, high: 1, log: false };
const found = { axes: [{ ...axis, parameter: "lr" }, { ...axis, parameter: "momentum" }], trial: [4, 5, 6], value: [0.1, 0.2, 0.3], columns: { lr: [0.1, 0.5, 0.9], momentum: [0.9, 0.5, 0.1] } } as unknown as Parallel;
const { axes, columns } = mergeAxes(found);
const option = (pins: readonly number[]) => parallelOption(found, axes, columns, new Set(pins), { metric: "val_loss", direction: "minimize" }, colors);

const chart = init(null, null, { renderer: "svg", ssr: true, width: 400, height: 300 });
afterEach(() => chart.clear());

test("a brush tells which lines it chooses, once, and stays when these are drawn as pinned", () => {
  const heard: (readonly number[] | null)[] = [];
  chart.on("axisareaselected", () => void heard.push(brushed(chart)));
  redraw(chart, option([]));
  expect(brushed(chart)).toBeNull();
  chart.dispatchAction({ type: "axisAreaSelect", parallelAxisIndex: 0, intervals: [[0.4, 0.95]] });
  redraw(chart, option([5, 6]));
  expect(brushed(chart)).toEqual([1, 2]);
  expect(heard).toEqual([[1, 2]]);
});

test("a drag along an axis is heard at its end and not at each step", () => {
  redraw(chart, option([]));
  expect((chart.getOption()["parallelAxis"] as readonly { readonly realtime: boolean }[]).map(({ realtime }) => realtime)).toEqual([false, false, false]);
});
