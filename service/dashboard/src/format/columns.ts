/** Parameters as table columns. Fields that several components share stand in one column: every optimizer's `lr`. */

import type { Trial } from "../api/types";

export type Parameters = Trial["parameters"];

export interface Column {
  readonly key: string;
  /** The kind of component, shown above the title: `optimizer`. */
  readonly kind: string;
  readonly title: string;
  /** Names of the parameters that the column merges; a trial has at most one of them. */
  readonly names: readonly string[];
  /** Labels of the values that the search space declares, in its order, where that is known. */
  readonly declared?: readonly string[];
}

const KINDS = ["optimizer", "schedule", "initializer", "regularizers", "activation", "normalization", "model", "data", "training"];
const CHOSEN = new Set(KINDS.filter((kind) => kind !== "regularizers" && kind !== "training"));

/** The column of a parameter: `optimizer.adamw.lr` and `optimizer.sgd.lr` share `optimizer.lr`. */
export function columnKey(name: string): string {
  const [kind = "", component, ...rest] = name.split(".");
  return CHOSEN.has(kind) && component !== undefined && rest.length > 0 ? [kind, ...rest].join(".") : name;
}

/** What stands in a column for a trial; undefined when its components have no such parameter. */
export function cell(parameters: Parameters, column: Column): unknown {
  const name = column.names.find((candidate) => candidate in parameters);
  return name === undefined ? undefined : parameters[name];
}

/** The columns of parameters that differ between trials (all of them while there is one trial), kind by kind. */
export function columnsOf(trials: readonly { readonly parameters: Parameters }[]): Column[] {
  const columns = allColumnsOf(trials);
  return trials.length < 2 ? columns : columns.filter((column) => varies(trials, column));
}

/** The columns of all parameters, those that are the same in all trials too. */
export function allColumnsOf(trials: readonly { readonly parameters: Parameters }[]): Column[] {
  const names = new Map<string, Set<string>>();
  for (const { parameters } of trials) {
    for (const name of Object.keys(parameters)) {
      const key = columnKey(name);
      names.set(key, (names.get(key) ?? new Set()).add(name));
    }
  }
  const columns = [...names].map(([key, merged]) => describe(key, [...merged]));
  return columns.sort((a, b) => place(a.kind) - place(b.kind) || depth(a) - depth(b) || a.key.localeCompare(b.key));
}

function describe(key: string, names: readonly string[]): Column {
  const [kind = "", ...rest] = key.split(".");
  return { key, kind, title: rest.join(" ") || kind, names };
}

function varies(trials: readonly { readonly parameters: Parameters }[], column: Column): boolean {
  const text = ({ parameters }: { readonly parameters: Parameters }) => JSON.stringify(cell(parameters, column));
  const [first, ...others] = trials;
  if (first === undefined) return false;
  const one = text(first);
  return others.some((trial) => text(trial) !== one);
}

function place(kind: string): number {
  const index = KINDS.indexOf(kind);
  return index < 0 ? KINDS.length : index;
}

function depth({ key }: Column): number {
  return key.includes(".") ? 1 : 0;
}

/** The columns whose values name few things: by these, curves can be colored. */
export function categorical(trials: readonly { readonly parameters: Parameters }[], columns: readonly Column[]): Column[] {
  return columns.filter((column) => {
    const values = trials.map(({ parameters }) => cell(parameters, column)).filter((value) => value !== undefined);
    return values.length > 0 && values.every((value) => typeof value !== "number") && new Set(values.map(String)).size <= 12;
  });
}
