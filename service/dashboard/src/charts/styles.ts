/** How each line is drawn: middles before their runs, the best stands out, the pruned step back, colors mean what was chosen. */

import type { Line } from "../curves/lines";
import type { Paint, Palette } from "./colors";
import { colorAt } from "./colors";

export interface Mark {
  readonly shape: "star" | "dot";
  readonly color: string;
}

export interface Style {
  readonly color: string;
  readonly width: number;
  readonly alpha: number;
  readonly dash: readonly number[];
  /** Lines of a higher layer are drawn later. */
  readonly layer: number;
  /** The color of a wider stroke underneath; null for none. */
  readonly casing: string | null;
  /** What marks where the best is judged: a star, or a dot on each of its runs where it has several; see `markOf`. */
  readonly mark: Mark | null;
}

/** What styles depend on beside the line itself. Trials are named by their keys. */
export interface Emphasis {
  readonly best: string | null;
  /** Trials of several runs: what stands for one of them is the middle of its runs, and none of these. */
  readonly several: ReadonlySet<string>;
  readonly selected: string | null;
  readonly pins: ReadonlySet<string>;
  readonly baseline: string | null;
  /** Trial to 0 (worst) … 1 (best). */
  readonly shares: ReadonlyMap<string, number>;
  /** Trial to its paint where colors are those of a parameter. */
  readonly paints: ReadonlyMap<string, Paint> | null;
  /** Trial to its line style where line styles are those of a parameter. */
  readonly dashes: ReadonlyMap<string, readonly number[]> | null;
  /** Whether lines of groups stand for their runs, which step back then. */
  readonly grouped: boolean;
  /** Whether groups are single configurations, so that a trial's emphasis is that of its group's middle. */
  readonly byConfiguration: boolean;
  /** How many runs are drawn; many are drawn fainter. */
  readonly crowd: number;
}

/** Lines of this layer and above stand out from the others, and are few. */
export const DISTINCT = 3;
/** Of lines that nothing sets apart. Without a GPU a stroke of one pixel takes a thirtieth of the time of a wider one. */
const HAIRLINE = 1;
/** Of runs that the reader chose, among the other runs of their group. */
const CHOSEN = 2;
const TRAIN_DASH = [2, 3.5];
const BASELINE_DASH = [7, 5];

/**
 * The style of a line. A selected or pinned trial makes all others step back, except the best. Where colors are those
 * of a parameter, all keep theirs: width, star and casing tell them from the others.
 */
export function styleOf(line: Line, emphasis: Emphasis, palette: Palette): Style {
  const style = line.band === null ? styleOfRun(line, emphasis, palette) : styleOfMiddle(line, emphasis, palette);
  if (line.part !== "train") return style;
  return { ...style, width: style.width * 0.75, dash: TRAIN_DASH, casing: null, mark: null };
}

function styleOfMiddle(line: Line, emphasis: Emphasis, palette: Palette): Style {
  if (emphasis.byConfiguration) return unstarred(emphasized(line, emphasis, palette)) ?? plain(line, { ...emphasis, grouped: false }, palette);
  const { color, dash } = emphasis.paints?.get(line.trial) ?? { color: palette.axis, dash: [] };
  return { color, width: 2.4, alpha: 1, dash, layer: 3, casing: palette.halo, mark: null };
}

/** Each run counts at its own best or last epoch, so that no point of their middle has the value that counts. */
function unstarred(style: Style | null): Style | null {
  return style && { ...style, mark: null };
}

function styleOfRun(line: Line, emphasis: Emphasis, palette: Palette): Style {
  if (emphasis.several.has(line.trial)) return styleOfOneOfSeveral(line, emphasis, palette);
  const own = emphasized(line, emphasis, palette);
  if (own === null) return plain(line, emphasis, palette);
  return emphasis.grouped && !emphasis.byConfiguration ? { ...own, width: own.width * 0.6 } : own;
}

/** One of a trial's many runs, which drawn as wide as a single one's would cover everything: it stays thin and beneath the middles. */
function styleOfOneOfSeveral(line: Line, emphasis: Emphasis, palette: Palette): Style {
  const { best, grouped, byConfiguration } = emphasis;
  const [isBest, own, usual] = [line.trial === best, emphasized(line, emphasis, palette), plain(line, emphasis, palette)];
  const mark: Mark | null = isBest && own && (byConfiguration || !grouped) ? { shape: "dot", color: own.color } : null;
  if (own === null || (grouped && (isBest || byConfiguration))) return { ...usual, mark };
  return { ...own, width: HAIRLINE, casing: null, mark, layer: grouped ? CHOSEN : own.layer };
}

/** The style of a trial that stands out; null for all others. */
function emphasized({ trial }: Line, { best, selected, pins, baseline, paints, dashes }: Emphasis, palette: Palette): Style | null {
  const paint = paints?.get(trial);
  const chosen = trial === selected || pins.has(trial);
  const casing = chosen && paint !== undefined ? palette.selected : null;
  const common = { alpha: 1, dash: dashes?.get(trial) ?? paint?.dash ?? [], casing, mark: null };
  if (trial === best) {
    const color = paint?.color ?? palette.best;
    return { ...common, color, width: chosen ? 3.4 : 2.8, layer: 5, mark: { shape: "star", color } };
  }
  if (trial === baseline) return { ...common, color: palette.baseline, width: 2.4, dash: BASELINE_DASH, layer: 4 };
  if (chosen) return { ...common, color: paint?.color ?? palette.selected, width: 2.6, layer: 4 };
  return null;
}

function plain(line: Line, emphasis: Emphasis, palette: Palette): Style {
  const paint = emphasis.paints?.get(line.trial);
  const color = paint?.color ?? stateColor(line, emphasis, palette);
  return { color, width: HAIRLINE, dash: emphasis.grouped ? [] : (emphasis.dashes?.get(line.trial) ?? paint?.dash ?? []), ...faded(line, emphasis), casing: null, mark: null };
}

function stateColor(line: Line, { shares }: Emphasis, palette: Palette): string {
  if (line.state === "FAILED") return palette.failed;
  if (line.state === "PRUNED" || line.state === "CANCELLED") return palette.pruned;
  if (line.state === "RUNNING" || line.state === "WAITING") return palette.running;
  return colorAt(palette.ramp, shares.get(line.trial) ?? 0);
}

function faded({ state }: Line, { crowd, selected, pins, grouped }: Emphasis): { alpha: number; layer: number } {
  const crowded = crowd > 200 ? 0.5 : crowd > 80 ? 0.75 : 1;
  const back = (selected === null && pins.size === 0 ? 1 : 0.45) * (grouped ? 0.35 : 1);
  if (state === "PRUNED" || state === "CANCELLED") return { alpha: (grouped ? 0.7 : 0.4) * crowded * back, layer: 0 };
  if (state === "RUNNING") return { alpha: 0.95 * back, layer: 2 };
  return { alpha: 0.85 * crowded * back, layer: 1 };
}
