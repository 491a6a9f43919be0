/** Groups of runs that are compared: those that differ in their seed alone, or those that share a parameter's value. */

import type { Trial } from "../../api/types";
import type { Column, Parameters } from "../../format/columns";
import { cell } from "../../format/columns";
import { formatNumber } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import { UNGROUPED } from "../../state/url/bench";
import { trialName } from "../lines";
import { stretchOf, stretchesOf } from "./stretches";

/** A trial of one of the studies that are looked at. */
export interface Member {
  /** See `trialKey`. */
  readonly key: string;
  readonly study: string;
  readonly trial: Trial;
}

export interface Group {
  /** How the address names it. */
  readonly key: string;
  readonly label: string;
  /** Its place among the declared values, or behind them in the order in which groups appeared: later trials do not change it. */
  readonly place: number;
  /** Of a group of numbers, the one that its color stands for. */
  readonly number: number | null;
  /** Of a group within others, the one whose color it has, and its place among those that its line style tells apart. */
  readonly within: { readonly colored: Group; readonly dash: number } | null;
  readonly members: readonly Member[];
  readonly runIds: readonly string[];
}

export interface Grouping {
  /** Key of the parameter; null where each configuration is a group. */
  readonly by: string | null;
  readonly groups: readonly Group[];
  /** Trial to its group. */
  readonly of: ReadonlyMap<string, Group>;
}

export const NOT_SET = "not set";

/** The groups by a parameter's key; see `BenchView.group`. `members` come in the order of their numbers. */
export function groupsOf(members: readonly Member[], by: string | null, columns: readonly Column[]): Grouping {
  const column = columns.find(({ key }) => key === by);
  if (column) return grouped(by, members, labelBy(members, column), column.declared);
  return grouped(null, members, by === UNGROUPED ? ({ key }) => ({ key, label: trialName(key), number: null }) : configurationOf());
}

/** The key under which a parameter's column stands, by that or by one of the names that it puts together; others stay as they are. */
export function groupKey(group: string | null, columns: readonly Column[]): string | null {
  if (group === null || columns.some(({ key }) => key === group)) return group;
  return columns.find(({ names }) => names.includes(group))?.key ?? group;
}

interface Naming {
  readonly key: string;
  readonly label: string;
  readonly number: number | null;
}

function named(label: string): Naming {
  return { key: label, label, number: null };
}

/** Trials with the same parameters are one configuration, called by the first of them. */
function configurationOf(): (member: Member) => Naming {
  const first = new Map<string, Naming>();
  return ({ key, trial }) => {
    const configuration = JSON.stringify(Object.entries(trial.parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
    const naming = first.get(configuration) ?? { key, label: trialName(key), number: null };
    first.set(configuration, naming);
    return naming;
  };
}

function labelBy(members: readonly Member[], column: Column): (member: Member) => Naming {
  const stretches = stretchesOf(numbersOf(members.map(({ trial }) => trial.parameters), column));
  return ({ trial }) => {
    const value = cell(trial.parameters, column);
    if (typeof value !== "number") return named(formatParameter(value) || NOT_SET);
    const stretch = stretches && stretchOf(stretches, value);
    if (!stretch) return { key: formatNumber(value), label: formatNumber(value), number: value };
    return { key: stretch.label, label: stretch.label, number: stretch.middle };
  };
}

export function numbersOf(all: readonly Parameters[], column: Column): number[] {
  return all.map((parameters) => cell(parameters, column)).filter((value): value is number => typeof value === "number");
}

function grouped(by: string | null, members: readonly Member[], nameOf: (member: Member) => Naming, declared: readonly string[] = []): Grouping {
  let undeclared = declared.length;
  const placeOf = (label: string) => (declared.includes(label) ? declared.indexOf(label) : undeclared++);
  const found = new Map<string, Naming & { place: number; members: Member[] }>();
  for (const member of members) {
    const naming = nameOf(member);
    const group = found.get(naming.key) ?? { ...naming, place: placeOf(naming.label), members: [] };
    group.members.push(member);
    found.set(naming.key, group);
  }
  const groups = [...found.values()].map((group) => ({ ...group, within: null, runIds: group.members.flatMap(({ trial }) => trial.run_ids) }));
  if (by !== null) groups.sort((a, b) => compare(a, b));
  return { by, groups, of: byMember(groups) };
}

/** Groups whose line styles tell apart what their colors do. */
export function dashed(grouping: Grouping): Grouping {
  const groups = grouping.groups.map((group) => ({ ...group, within: { colored: group, dash: group.place } }));
  return { ...grouping, groups, of: byMember(groups) };
}

/** The groups of the one divided by those of the other, in the order of both: the one is told by colors, the other by line styles. */
export function crossed(colors: Grouping, dashes: Grouping): Grouping {
  const groups = colors.groups.flatMap((colored) =>
    dashes.groups.flatMap((other): Group[] => {
      const members = colored.members.filter(({ key }) => dashes.of.get(key) === other);
      if (members.length === 0) return [];
      const key = crossedKey(colored.key, other.key);
      const label = `${colored.label} · ${other.label}`;
      return [{ ...colored, key, label, members, within: { colored, dash: other.place }, runIds: members.flatMap(({ trial }) => trial.run_ids) }];
    }),
  );
  return { by: `${colors.by} · ${dashes.by}`, groups, of: byMember(groups) };
}

function byMember(groups: readonly Group[]): ReadonlyMap<string, Group> {
  return new Map(groups.flatMap((group) => group.members.map(({ key }) => [key, group] as const)));
}

export function crossedKey(a: string, b: string): string {
  return `${a} · ${b}`;
}

function compare(a: Naming, b: Naming): number {
  if (a.number !== null && b.number !== null) return a.number - b.number;
  return Number(a.number === null) - Number(b.number === null) || a.label.localeCompare(b.label, "en", { numeric: true });
}
