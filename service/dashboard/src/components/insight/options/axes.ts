/** Parallel axes as people think of parameters: every optimizer's `lr` is one axis. */

import type { Importances, Parallel } from "../../../api/types";
import { columnKey } from "../../../format/columns";

export type Axis = Parallel["axes"][number];
export type Columns = Readonly<Record<string, readonly unknown[]>>;

/** The axes, those of one field of several components made one where they are of the same kind, and their columns. */
export function mergeAxes({ axes, columns }: Pick<Parallel, "axes" | "columns">): { readonly axes: readonly Axis[]; readonly columns: Columns } {
  const merged = new Map<string, Axis[]>();
  for (const axis of axes) {
    const key = columnKey(axis.parameter);
    const alike = merged.get(key)?.every((other) => isAlike(axis, other)) ?? true;
    const name = alike ? key : axis.parameter;
    merged.set(name, [...(merged.get(name) ?? []), axis]);
  }
  const found = [...merged].map(([parameter, parts]) => ({
    axis: { ...(parts[0] as Axis), parameter, low: least(parts, "low", Math.min), high: least(parts, "high", Math.max) },
    column: parts.map((part) => columns[part.parameter] ?? []).reduce((one, other) => one.map((value, place) => value ?? other[place] ?? null)),
  }));
  return { axes: found.map(({ axis }) => axis), columns: Object.fromEntries(found.map(({ axis, column }) => [axis.parameter, column])) };
}

/** The axes with the most important parameters first, as many as `most`; of an axis of several parameters the most important counts. */
export function leadingAxes(axes: readonly Axis[], importances: Importances["items"], most: number): Axis[] {
  const known = new Map<string, number>();
  for (const { parameter, importance } of importances) {
    for (const name of [parameter, columnKey(parameter)]) known.set(name, Math.max(importance, known.get(name) ?? 0));
  }
  const weightOf = ({ parameter }: Axis) => known.get(parameter) ?? -1;
  return [...axes].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, most);
}

function isAlike(one: Axis, other: Axis): boolean {
  return one.choices === null && other.choices === null && one.log === other.log;
}

function least(parts: readonly Axis[], side: "low" | "high", choose: (...values: number[]) => number): number | null {
  const values = parts.map((part) => part[side]).filter((value) => value !== null);
  return values.length > 0 ? choose(...values) : null;
}

/** A parameter's name on two lines: what it is of, and what it is. */
export function axisName(parameter: string): string {
  const place = parameter.lastIndexOf(".");
  return place < 0 ? parameter : `${parameter.slice(0, place)}\n${parameter.slice(place + 1)}`;
}
