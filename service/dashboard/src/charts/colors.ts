/** The chart's colors. Those of groups are told apart by readers who see red and green alike too; a test holds them to it. */

export interface Palette {
  /** Ends of the ramp from the worst to the best objective. */
  readonly ramp: readonly [worst: string, best: string];
  readonly categories: readonly string[];
  /** From the least to the greatest number. */
  readonly sequence: readonly string[];
  readonly best: string;
  readonly selected: string;
  readonly baseline: string;
  readonly pruned: string;
  readonly failed: string;
  readonly running: string;
  readonly axis: string;
  readonly grid: string;
  /** Behind marks and middles, so that they stand out from what they cover. */
  readonly halo: string;
}

export const LIGHT: Palette = {
  ramp: ["#c3cbe0", "#2f4fd0"],
  categories: ["#246ded", "#b24d00", "#24af94", "#6e1fa0", "#df7c11", "#39a1ee", "#71002a", "#5f6b7d"],
  sequence: ["#3b0f70", "#3b528b", "#21808c", "#2f9e6e", "#8aa31c"],
  best: "#e8770c",
  selected: "#14181f",
  baseline: "#5b6472",
  pruned: "#9aa3b2",
  failed: "#d6336c",
  running: "#0c9c8a",
  axis: "#5b6472",
  grid: "#e9ecf2",
  halo: "#ffffff",
};

export const DARK: Palette = {
  ramp: ["#3b4563", "#8fa8ff"],
  categories: ["#6f8cff", "#f0a04b", "#33a17f", "#c56ccb", "#ffe566", "#98ecfb", "#ff5c5c", "#bfc4b6"],
  sequence: ["#7468c8", "#3d7fb5", "#24a394", "#7ad151", "#fde725"],
  best: "#ffb454",
  selected: "#ffffff",
  baseline: "#9aa5b5",
  pruned: "#5d6675",
  failed: "#f06595",
  running: "#38d9c0",
  axis: "#9aa5b5",
  grid: "#232a36",
  halo: "#12161d",
};

export function paletteOf(dark: boolean): Palette {
  return dark ? DARK : LIGHT;
}

/** How a group is drawn. */
export interface Paint {
  readonly color: string;
  readonly dash: readonly number[];
}

/** Dashes take turns when colors begin again; training curves are dotted. */
const DASHES: readonly (readonly number[])[] = [[], [9, 4], [14, 3, 3, 3]];
/** Line styles that stand for something themselves. */
const STYLES: readonly (readonly number[])[] = [...DASHES, [4, 4], [14, 3, 3, 3, 3, 3], [18, 5]];

/** The line style of the value in a place; they begin again when there are more. */
export function dashAt(place: number): readonly number[] {
  return STYLES[place % STYLES.length] as readonly number[];
}

/** The paint of the group in a place: the same however many come later. */
export function categoryPaint(place: number, { categories }: Palette): Paint {
  return {
    color: categories[place % categories.length] as string,
    dash: DASHES[Math.floor(place / categories.length) % DASHES.length] as readonly number[],
  };
}

/** The color at `share` (0 to 1) of a row of colors at equal distances, as `rgb(…)`. */
export function colorAt(stops: readonly string[], share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  const [a, b] = [channels(stops[below] as string), channels(stops[below + 1] as string)];
  const mixed = a.map((low, index) => Math.round(low + ((b[index] as number) - low) * (place - below)));
  return `rgb(${mixed.join(", ")})`;
}

/** Red, green and blue of `#rrggbb`. */
export function channels(hex: string): number[] {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/** Rank of each trial's value among all, from 0 (worst) to 1 (best): ranks, so that one bad value does not flatten the ramp. */
export function rankShares(values: ReadonlyMap<string, number>, maximize: boolean): Map<string, number> {
  const ordered = [...values].sort(([, a], [, b]) => (maximize ? a - b : b - a));
  return new Map(ordered.map(([trial], index) => [trial, ordered.length === 1 ? 1 : index / (ordered.length - 1)]));
}
