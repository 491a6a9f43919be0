/** What colors mean: the groups that are compared, or a parameter of configurations. */

import type { Group, Grouping, Member } from "../curves/groups/groups";
import { NOT_SET, groupsOf, numbersOf } from "../curves/groups/groups";
import { isWide } from "../curves/groups/stretches";
import type { Column } from "../format/columns";
import { cell } from "../format/columns";
import type { Paint, Palette } from "./colors";
import { categoryPaint, colorAt, dashAt } from "./colors";

export interface Coloring {
  /** What has a color of its own, in the legend's order. */
  readonly groups: readonly Group[];
  /** Trial to its paint. */
  readonly paints: ReadonlyMap<string, Paint>;
  /** The range of numbers that colors stand for; null where they stand for names. */
  readonly numbers: NumberScale | null;
  readonly paintOf: (group: Group) => Paint;
}

export interface NumberScale {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

/** The paint of each group, and of its trials. */
export function colorGroups(grouping: Grouping, palette: Palette): Coloring {
  const numbers = scaleOf(grouping.groups.flatMap(({ number }) => (number === null ? [] : [number])));
  const colorOf = ({ key, number, place }: Group): Paint =>
    number !== null && numbers ? numberPaint(number, numbers, palette) : key === NOT_SET ? unknown(palette) : categoryPaint(place, palette);
  const paintOf = (group: Group): Paint => (group.within ? { color: colorOf(group.within.colored).color, dash: dashAt(group.within.dash) } : colorOf(group));
  const paints = new Map(grouping.groups.flatMap((group) => group.members.map(({ key }) => [key, paintOf(group)] as const)));
  return { groups: grouping.groups, paints, numbers, paintOf };
}

/** Each configuration by its own value of a parameter. */
export function colorBy(members: readonly Member[], column: Column, palette: Palette): Coloring {
  const byGroup = colorGroups(groupsOf(members, column.key, [column]), palette);
  const numbers = scaleOf(numbersOf(members.map(({ trial }) => trial.parameters), column));
  if (numbers === null) return byGroup;
  const paints = members.map(({ key, trial }) => {
    const value = cell(trial.parameters, column);
    return [key, typeof value === "number" ? numberPaint(value, numbers, palette) : (byGroup.paints.get(key) ?? unknown(palette))] as const;
  });
  return { ...byGroup, paints: new Map(paints), numbers };
}

function scaleOf(numbers: readonly number[]): NumberScale | null {
  if (new Set(numbers).size < 2) return null;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return { low, high, log: isWide(low, high) };
}

function numberPaint(value: number, { low, high, log }: NumberScale, { sequence }: Palette): Paint {
  const at = log ? Math.log : Number;
  return { color: colorAt(sequence, (at(value) - at(low)) / (at(high) - at(low))), dash: [] };
}

function unknown({ pruned }: Palette): Paint {
  return { color: pruned, dash: [] };
}
