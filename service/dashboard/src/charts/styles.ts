/** How each line is drawn: the best stands out, the pruned step back, and colors mean what was chosen. */

import type { Palette } from "./colors";
import { rampColor } from "./colors";
import type { Line } from "./lines";

export interface Style {
  readonly color: string;
  readonly width: number;
  readonly alpha: number;
  readonly dash: readonly number[];
  /** Lines of a higher layer are drawn later. */
  readonly layer: number;
  /** The color of a wider stroke underneath; null for none. */
  readonly casing: string | null;
  /** Whether the line's end is marked as the best. */
  readonly star: boolean;
}

/** What styles depend on beside the line itself. */
export interface Emphasis {
  readonly best: number | null;
  readonly selected: number | null;
  /** Trial to 0 (worst) … 1 (best). */
  readonly shares: ReadonlyMap<number, number>;
  /** Trial to its color when curves are colored by a parameter. */
  readonly categories: ReadonlyMap<number, string> | null;
  /** How many runs are drawn; many are drawn fainter. */
  readonly crowd: number;
}

const TRAIN_DASH = [5, 4];

/**
 * The style of a line. A selected trial makes all others step back, except the best. Where colors are those of a
 * parameter, best and selected keep theirs: width, star and casing tell them from the others.
 */
export function styleOf(line: Line, emphasis: Emphasis, palette: Palette): Style {
  const dash = line.part === "train" ? TRAIN_DASH : [];
  const thin = line.part === "train" ? 0.75 : 1;
  const selected = line.trial === emphasis.selected;
  const group = emphasis.categories?.get(line.trial);
  const casing = selected && group !== undefined && line.part !== "train" ? palette.selected : null;
  if (line.trial === emphasis.best) {
    const color = group ?? palette.best;
    return { color, width: (selected ? 3.4 : 2.8) * thin, alpha: 1, dash, layer: 4, casing, star: line.part !== "train" };
  }
  if (selected) return { color: group ?? palette.selected, width: 2.6 * thin, alpha: 1, dash, layer: 3, casing, star: false };
  const back = emphasis.selected === null ? 1 : 0.45;
  return { color: group ?? stateColor(line, emphasis, palette), width: 1.3 * thin, dash, ...faded(line, emphasis.crowd, back), casing, star: false };
}

function stateColor(line: Line, { shares }: Emphasis, palette: Palette): string {
  if (line.state === "FAILED") return palette.failed;
  if (line.state === "PRUNED" || line.state === "CANCELLED") return palette.pruned;
  if (line.state === "RUNNING" || line.state === "WAITING") return palette.running;
  return rampColor(palette.ramp, shares.get(line.trial) ?? 0);
}

function faded(line: Line, crowd: number, back: number): { alpha: number; layer: number } {
  const crowded = crowd > 200 ? 0.5 : crowd > 80 ? 0.75 : 1;
  if (line.state === "PRUNED" || line.state === "CANCELLED") return { alpha: 0.4 * crowded * back, layer: 0 };
  if (line.state === "RUNNING") return { alpha: 0.95 * back, layer: 2 };
  return { alpha: 0.85 * crowded * back, layer: 1 };
}
