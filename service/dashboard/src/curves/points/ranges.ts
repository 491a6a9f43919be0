/** The extent of lines: which part of the plane the chart has to show. */

import type { Line } from "../lines";

export type Range = readonly [low: number, high: number];

/** Which lines the first view is made for. */
export interface Focus {
  readonly maximize: boolean;
  /** Trials whose curves are in view whatever they look like. */
  readonly chosen: ReadonlySet<string>;
}

export const EVERYWHERE: Range = [-Infinity, Infinity];
/** The share of the runs that trained to their end, from the best on, that the first view is made for. */
const CORE = 0.75;
/** With fewer runs than this none is a tail. */
const FEWEST = 4;
/** Pixels from a point to the edge of its mark. */
const MARK = 7;
/** How much taller the rest has to become for the first view to leave anything out. */
const GAIN = 1.25;

/** Smallest and largest x of all points, on a log axis of positive ones; null when there is no point. */
export function extentX(lines: readonly Line[], log = false): Range | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { xs } of lines) {
    for (const x of xs) {
      if (log && x <= 0) continue;
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  return low <= high ? [low, high] : null;
}

/** Smallest and largest finite y among the points within `x`; on a log axis only positive ones count. */
export function extentY(lines: readonly Line[], [from, to]: Range, log: boolean): Range | null {
  const floor = log ? 0 : -Infinity;
  let [low, high] = [Infinity, -Infinity];
  for (const { xs, ys } of lines) {
    for (let index = 0; index < ys.length; index++) {
      const [x, y] = [xs[index] as number, ys[index] as number];
      if (!(x >= from && x <= to && y > floor && y < Infinity)) continue;
      if (y < low) low = y;
      if (y > high) high = y;
    }
  }
  return low <= high ? [low, high] : null;
}

/**
 * The extent of what the first view shows: without the tail of runs that collapsed or were ended early, and without
 * the spikes of single bad epochs. Everything, if the rest would gain little.
 */
export function bulkExtentY(lines: readonly Line[], x: Range, log: boolean, { maximize, chosen }: Focus): Range | null {
  const whole = extentY(lines, x, log);
  const core = withoutSpikes(coreLines(lines, maximize), x, log);
  if (whole === null || core === null) return whole;
  const always = extentY(lines.filter(({ trial }) => chosen.has(trial)), x, log) ?? core;
  const bulk: Range = [Math.min(core[0], always[0]), Math.max(core[1], always[1])];
  return height(whole, log) > GAIN * height(bulk, log) ? bulk : whole;
}

/** The runs that still train, and of those that trained to their end the better ones; all, if there are none. */
function coreLines(lines: readonly Line[], maximize: boolean): readonly Line[] {
  const going = lines.filter(({ state }) => state === "COMPLETED" || state === "RUNNING" || state === "WAITING");
  if (going.length === 0) return lines;
  const merit = ({ value }: Line) => (maximize ? 1 : -1) * (value ?? 0);
  const ranked = going.filter(({ value }) => value !== null).sort((a, b) => merit(b) - merit(a));
  if (ranked.length < FEWEST) return going;
  const tail = new Set(ranked.slice(Math.ceil(CORE * ranked.length)));
  return going.filter((line) => !tail.has(line));
}

/** The range of the values up to half a spread (from the 5th to the 95th percentile) beyond these percentiles. */
function withoutSpikes(lines: readonly Line[], x: Range, log: boolean): Range | null {
  const whole = extentY(lines, x, log);
  const ys = sampleOf(lines, x, log).sort();
  if (whole === null || ys.length === 0) return whole;
  const [first, last] = log ? whole.map(Math.log10) as [number, number] : whole;
  const at = (share: number) => ys[Math.round(share * (ys.length - 1))] as number;
  const reach = (at(0.95) - at(0.05)) * 0.5;
  const [low, high] = [Math.max(first, at(0.05) - reach), Math.min(last, at(0.95) + reach)];
  return log ? [10 ** low, 10 ** high] : [low, high];
}

function height([low, high]: Range, log: boolean): number {
  return log ? Math.log10(high / low) : high - low;
}

/** So many values that no percentile is off by more than a pixel's worth; to sort a million takes longer than to draw them. */
const SAMPLE = 20_000;
/** Coprime to whatever the distance is, so that lines do not all give the points of the same epochs. */
const SHIFT = 7919;

/** Finite values within `x`, on a log axis their logarithms: all, or of many points some of each line. */
function sampleOf(lines: readonly Line[], [from, to]: Range, log: boolean): Float64Array {
  const total = lines.reduce((sum, { ys }) => sum + ys.length, 0);
  const every = Math.max(1, Math.ceil(total / SAMPLE));
  const found = new Float64Array(Math.ceil(total / every) + lines.length);
  let n = 0;
  lines.forEach(({ xs, ys }, place) => {
    for (let index = (place * SHIFT) % every; index < ys.length; index += every) {
      const [x, y] = [xs[index] as number, ys[index] as number];
      if (Number.isFinite(y) && x >= from && x <= to && (!log || y > 0)) found[n++] = log ? Math.log10(y) : y;
    }
  });
  return found.subarray(0, n);
}

/** The range with a margin, so that no line runs along the frame; a single value gets room on both sides. */
export function padded([low, high]: Range, log: boolean): Range {
  if (log) {
    const factor = low === high ? 2 : (high / low) ** 0.04;
    return [low / factor, high * factor];
  }
  const margin = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.04;
  return [low - margin, high + margin];
}

/** The range with room for a mark at each end, in a plot of so many pixels, so that the first and last points are whole. */
export function withRoom([low, high]: Range, pixels: number, log = false): Range {
  const share = MARK / Math.max(pixels - 2 * MARK, MARK);
  const factor = (high / low) ** share;
  if (log) return [low / factor, high * factor];
  const margin = (high - low) * share;
  return [low - margin, high + margin];
}

export interface Outside {
  /** Points beyond the first view. */
  readonly above: number;
  readonly below: number;
  /** Points that a log axis cannot show because they are zero or negative. */
  readonly notPositive: number;
  /** Points without a finite value: gaps, each with a mark. */
  readonly notFinite: number;
}

/** How many points a view of this range does not show. */
export function countOutside(lines: readonly Line[], log: boolean, [low, high]: Range): Outside {
  let [above, below, notPositive, notFinite] = [0, 0, 0, 0];
  for (const { ys } of lines) {
    for (const y of ys) {
      if (!Number.isFinite(y)) notFinite += 1;
      else if (log && y <= 0) notPositive += 1;
      else if (y > high) above += 1;
      else if (y < low) below += 1;
    }
  }
  return { above, below, notPositive, notFinite };
}

/** A range of x with some width, even when all runs have one point only. */
export function withWidth([low, high]: Range): Range {
  return low < high ? [low, high] : [low > 1 ? low - 1 : low / 2, high + 1];
}
