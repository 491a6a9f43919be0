/** What ECharts' pictures have in common. */

import { formatNumber } from "../../../format/numbers";
import type { Colors } from "./colors";

/** What the pointer is at. */
export interface Pointed {
  readonly data: unknown;
  readonly dataIndex: number;
  readonly name: string;
  readonly seriesName: string;
}

/** Room for the axes' names, which `containLabel` does not count. */
export const GRID = { left: 30, right: 18, top: 12, bottom: 34, containLabel: true };
export const FONT = { fontFamily: "system-ui, sans-serif", fontSize: 12 };

/** What became of the trials that the service calls beaten. */
export const BEATEN = "pruned, diverged, too slow or infeasible";

export function axis(colors: Colors, more: Record<string, unknown>): Record<string, unknown> {
  return {
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: colors.muted },
    axisLabel: { color: colors.muted, formatter: (value: unknown) => (typeof value === "number" ? formatNumber(value) : String(value)) },
    axisLine: { lineStyle: { color: colors.line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colors.line, opacity: 0.7 } },
    ...more,
  };
}

/** The ends of an axis of values: where all are the same, ECharts would begin at half of it and end at one and a half. */
export function ends(): Record<string, unknown> {
  const beside = (side: -1 | 1) => ({ min, max }: { readonly min: number; readonly max: number }) => (min === max ? min + side * roomAround(min) : null);
  return { type: "value", scale: true, min: beside(-1), max: beside(1) };
}

/** An axis whose first and last label end where it does, so that the picture's edge cuts none; a choice's stands at its middle. */
export function withinEnds(made: Record<string, unknown>): Record<string, unknown> {
  if (made["type"] === "category") return made;
  return { ...made, axisLabel: { ...(made["axisLabel"] as object), alignMinLabel: "left", alignMaxLabel: "right" } };
}

/** One in the second digit of a number. */
function roomAround(value: number): number {
  return value === 0 ? 0.1 : 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
}

export function tooltip(colors: Colors, formatter: (found: Pointed) => string): Record<string, unknown> {
  return { trigger: "item", confine: true, backgroundColor: colors.panel, borderColor: colors.line, textStyle: { color: colors.text, ...FONT }, formatter };
}

/** What a tooltip says is HTML, and names come from users. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
