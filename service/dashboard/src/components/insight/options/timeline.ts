/** What ran where when, as bars in the lanes of workers. */

import type { EChartsCoreOption } from "echarts/core";
import { formatDuration, formatMoment } from "../../../format/times";
import type { Colors } from "./colors";
import type { Lanes, Stay } from "./lanes";
import { endOf } from "./lanes";
import { axis, escaped, FONT, tooltip } from "./parts";

/** How a stay ended, in a color each. */
export const FATES = ["trained to its end", "pruned", "failed", "goes on", "went on elsewhere or later", "cancelled"] as const;
type Fate = (typeof FATES)[number];

export function fateOf({ left_run, ended_at }: Stay): Fate {
  if (ended_at === null) return "goes on";
  if (left_run === "COMPLETED") return "trained to its end";
  if (left_run === "PRUNED") return "pruned";
  if (left_run === "FAILED") return "failed";
  return left_run === "CANCELLED" ? "cancelled" : "went on elsewhere or later";
}

export function colorOf(fate: Fate, { completed, faint, failed, running, paused, muted }: Colors): string {
  const colors = { "trained to its end": completed, pruned: faint, failed, "goes on": running, "went on elsewhere or later": paused, cancelled: muted };
  return colors[fate];
}

interface Api {
  value(index: number): number;
  coord(place: readonly [number, number]): [number, number];
  size(extent: readonly [number, number]): [number, number];
  style(): Record<string, unknown>;
}

/** The stays from a moment on. */
export function timelineOption(stays: readonly Stay[], { lanes, places }: Lanes, from: number, now: number, colors: Colors): EChartsCoreOption {
  const several = new Set(lanes.map(({ node }) => node)).size > 1;
  const label = (place: number) => (several ? `${lanes[place]?.node} ${place + 1}` : `worker ${place + 1}`);
  const data = stays.map((stay, index) => ({ value: [Date.parse(stay.started_at), endOf(stay, now), places[index]], itemStyle: { color: colorOf(fateOf(stay), colors) } }));
  return {
    animation: false,
    textStyle: FONT,
    grid: { left: 12, right: 18, top: 6, bottom: 6, containLabel: true },
    xAxis: { ...axis(colors, { type: "time", min: from }), axisLabel: { color: colors.muted, hideOverlap: true } },
    yAxis: axis(colors, { type: "category", inverse: true, data: lanes.map((_, place) => label(place)), splitLine: { show: false } }),
    tooltip: tooltip(colors, ({ dataIndex }) => described(stays[dataIndex] as Stay, now)),
    series: [{ type: "custom", name: "stays", data, encode: { x: [0, 1], y: 2 }, clip: true, renderItem: renderStay }],
  };
}

/** At least a line, however short it was; a hair of room tells one from the next. */
function renderStay(_: unknown, api: Api): Record<string, unknown> {
  const [[left, middle], [right]] = [api.coord([api.value(0), api.value(2)]), api.coord([api.value(1), api.value(2)])];
  const height = Math.min(20, 0.7 * api.size([0, 1])[1]);
  return { type: "rect", shape: { x: left, y: middle - height / 2, width: Math.max(1, right - left - 0.7), height, r: 2 }, style: api.style() };
}

function described(stay: Stay, now: number): string {
  const { study, trial, attempt, worker, node, started_at, reason } = stay;
  const seconds = (endOf(stay, now) - Date.parse(started_at)) / 1000;
  const lines = [`${study}, trial ${trial}${attempt > 1 ? `, attempt ${attempt}` : ""}`, `${worker}${node ? ` on ${node}` : ""}`, `${formatMoment(started_at)}, ${formatDuration(seconds)}`, `${fateOf(stay)}${reason ? `: ${reason}` : ""}`];
  return lines.map(escaped).join("<br>");
}
