/** The extent of lines: which part of the plane the chart has to show. */

import type { Line } from "./lines";

export type Range = readonly [low: number, high: number];

/** Smallest and largest x of all points; null when there is no point. */
export function extentX(lines: readonly Line[]): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const line of lines) {
    for (const x of line.xs) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
  }
  return low <= high ? [low, high] : null;
}

/** Smallest and largest finite y among the points within `x`; on a log axis only positive ones count. */
export function extentY(lines: readonly Line[], x: Range, log: boolean): Range | null {
  const ys = finiteValues(lines, x, log);
  let low = Infinity;
  let high = -Infinity;
  for (const y of ys) {
    if (y < low) low = y;
    if (y > high) high = y;
  }
  return low <= high ? [low, high] : null;
}

/**
 * The extent without the spikes of single bad runs: when the largest value lies far beyond the bulk of the points
 * (more than three spreads between the 5th and 95th percentile above the latter), the view ends there; likewise below.
 */
export function bulkExtentY(lines: readonly Line[], x: Range, log: boolean): Range | null {
  const ys = Float64Array.from(finiteValues(lines, x, log), (y) => (log ? Math.log10(y) : y)).sort();
  const [first, last] = [ys[0], ys[ys.length - 1]];
  if (first === undefined || last === undefined) return null;
  const at = (share: number) => ys[Math.round(share * (ys.length - 1))] as number;
  const reach = (at(0.95) - at(0.05)) * 0.5;
  const [low, high] = [Math.max(first, at(0.05) - reach), Math.min(last, at(0.95) + reach)];
  return log ? [10 ** low, 10 ** high] : [low, high];
}

function finiteValues(lines: readonly Line[], [from, to]: Range, log: boolean): number[] {
  const found: number[] = [];
  for (const line of lines) {
    line.ys.forEach((y, index) => {
      const x = line.xs[index] as number;
      if (y !== null && Number.isFinite(y) && x >= from && x <= to && (!log || y > 0)) found.push(y);
    });
  }
  return found;
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

export interface Outside {
  /** Points beyond the view because outliers are left out. */
  readonly far: number;
  /** Points that a log axis cannot show because they are zero or negative. */
  readonly notPositive: number;
}

/** How many points the chosen view does not show. */
export function countOutside(lines: readonly Line[], log: boolean, clip: boolean): Outside {
  const everywhere: Range = [-Infinity, Infinity];
  const bulk = clip ? bulkExtentY(lines, everywhere, log) : null;
  const view = bulk && padded(bulk, log);
  let [far, notPositive] = [0, 0];
  for (const { ys } of lines) {
    for (const y of ys) {
      if (y === null || !Number.isFinite(y)) continue;
      if (log && y <= 0) notPositive += 1;
      else if (view && (y < view[0] || y > view[1])) far += 1;
    }
  }
  return { far, notPositive };
}

/** A range of x with some width, even when all runs have one point only. */
export function withWidth([low, high]: Range): Range {
  return low < high ? [low, high] : [Math.max(0, low - 1), high + 1];
}
