/** The legend of a picture that leaves the page: what its colors and dashes stand for. */

import type { Grouping } from "../curves/groups/groups";
import type { Coloring } from "./coloring";
import type { Palette } from "./colors";
import { dashAt } from "./colors";
import type { Key } from "./drawing/svg";

interface Marked {
  readonly best: string | null;
  readonly pins: readonly string[];
  readonly baseline: string | null;
  readonly nameOf: (trial: string) => string;
}

/** More groups than these fill no legend that anybody reads. */
const MOST = 24;

export function keysOf({ by }: Grouping, coloring: Coloring | null, { best, pins, baseline, nameOf }: Marked, palette: Palette, dashing: Grouping | null = null): Key[] {
  const own = (trial: string) => coloring?.paints.get(trial)?.color;
  const groups = by === null && coloring?.numbers ? [] : (coloring?.groups ?? []);
  const named = groups.slice(0, MOST).map((group) => ({ label: group.label, ...(coloring as Coloring).paintOf(group) }));
  const more = groups.length > MOST ? [{ label: `and ${groups.length - MOST} more`, color: "none", dash: [] }] : [];
  return [
    ...named,
    ...more,
    ...(by === null && dashing ? dashing.groups.map(({ label, place }) => ({ label, color: palette.axis, dash: dashAt(place) })) : []),
    ...(best === null ? [] : [{ label: `best, ${nameOf(best)}`, color: own(best) ?? palette.best, dash: [] }]),
    ...(baseline === null ? [] : [{ label: `baseline, ${nameOf(baseline)}`, color: palette.baseline, dash: [7, 5] }]),
    ...pins.map((pin) => ({ label: nameOf(pin), color: own(pin) ?? palette.selected, dash: [] })),
  ];
}
