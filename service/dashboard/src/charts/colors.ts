/** Colors of curves: by objective on a ramp, or by a chosen parameter from a palette. */

export interface Palette {
  /** Ends of the ramp from the worst to the best objective. */
  readonly ramp: readonly [worst: string, best: string];
  readonly categories: readonly string[];
  readonly best: string;
  readonly selected: string;
  readonly pruned: string;
  readonly failed: string;
  readonly running: string;
  readonly axis: string;
  readonly grid: string;
  /** Behind the marker of the hovered point. */
  readonly halo: string;
}

export const LIGHT: Palette = {
  ramp: ["#c3cbe0", "#2f4fd0"],
  categories: ["#2f6fdb", "#d9480f", "#2b8a3e", "#9c36b5", "#0b7285", "#a66a00", "#c2255c", "#5c677d"],
  best: "#e8770c",
  selected: "#14181f",
  pruned: "#9aa3b2",
  failed: "#d6336c",
  running: "#0c9c8a",
  axis: "#5b6472",
  grid: "#e9ecf2",
  halo: "#ffffff",
};

export const DARK: Palette = {
  ramp: ["#3b4563", "#8fa8ff"],
  categories: ["#74a9ff", "#ff9457", "#69db7c", "#da77f2", "#3bc9db", "#e6b450", "#f783ac", "#a3adbd"],
  best: "#ffb454",
  selected: "#ffffff",
  pruned: "#5d6675",
  failed: "#f06595",
  running: "#38d9c0",
  axis: "#9aa5b5",
  grid: "#232a36",
  halo: "#12161d",
};

/** The color at `share` (0 worst, 1 best) of the ramp, as `rgb(…)`. */
export function rampColor([worst, best]: readonly [string, string], share: number): string {
  const [a, b] = [channels(worst), channels(best)];
  const mixed = a.map((low, index) => Math.round(low + ((b[index] as number) - low) * Math.min(1, Math.max(0, share))));
  return `rgb(${mixed.join(", ")})`;
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/** Rank of each trial's value among all, from 0 (worst) to 1 (best): ranks, so that one bad value does not flatten the ramp. */
export function rankShares(values: ReadonlyMap<number, number>, maximize: boolean): Map<number, number> {
  const ordered = [...values].sort(([, a], [, b]) => (maximize ? a - b : b - a));
  return new Map(ordered.map(([trial], index) => [trial, ordered.length === 1 ? 1 : index / (ordered.length - 1)]));
}
