/** Names that the reader gave to groups and trials; the address holds them as `adam=our own` and, of trials, `#3=as in the paper`. */

import type { Grouping } from "./groups";
import { trialName } from "../lines";

export interface Names {
  readonly ofGroup: (key: string) => string | undefined;
  readonly ofTrial: (key: string) => string;
}

/** How a trial is told from a group of the same key. */
export function trialMark(key: string): string {
  return `#${key}`;
}

/** Of keys or names those of trials: groups come and go with what they are grouped by. */
export function ofTrials(texts: readonly string[]): string[] {
  return texts.filter((text) => text.startsWith(trialMark("")));
}

export function namesOf(texts: readonly string[]): Names {
  const found = new Map(texts.map(split));
  return { ofGroup: (key) => found.get(key), ofTrial: (key) => found.get(trialMark(key)) ?? trialName(key) };
}

/** The names with another one for a group or a marked trial; without one where it is empty. */
export function renamed(texts: readonly string[], key: string, name: string): string[] {
  const others = texts.filter((text) => split(text)[0] !== key);
  return name.trim() === "" ? others : [...others, `${key.replace(/[%=]/g, encodeURIComponent)}=${name.trim()}`];
}

/** Groups by the names that they were given. */
export function withNames(grouping: Grouping, { ofGroup, ofTrial }: Names): Grouping {
  const labelOf = ({ key, label }: { readonly key: string; readonly label: string }) => (grouping.by === null ? ofTrial(key) : (ofGroup(key) ?? label));
  const groups = grouping.groups.map((group) => ({ ...group, label: labelOf(group) }));
  return { ...grouping, groups, of: new Map(groups.flatMap((group) => group.members.map(({ key }) => [key, group] as const))) };
}

/** A name may hold the sign itself; a key has it in its stead as `%3D`. */
function split(text: string): [key: string, name: string] {
  const place = text.indexOf("=");
  return place < 0 ? [text, text] : [text.slice(0, place).replace(/%25|%3D/g, decodeURIComponent), text.slice(place + 1)];
}
