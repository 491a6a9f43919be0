/** Stretches of a numeric parameter's range, with round ends, so that they stay what they are as trials arrive. */

import { formatNumber } from "../../format/numbers";

export interface Stretch {
  readonly low: number;
  /** Where the next one begins. */
  readonly high: number;
  readonly middle: number;
  readonly label: string;
}

/** So few different numbers are groups of their own. */
const FEW = 8;
const MOST_STRETCHES = 7;
/** A range over so many times its beginning is divided by powers. */
const WIDE = 30;

/** The stretches that hold these numbers; null for numbers so few that each stands for itself. */
export function stretchesOf(numbers: readonly number[]): Stretch[] | null {
  if (new Set(numbers).size <= FEW) return null;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return isWide(low, high) ? powers(low, high) : evenly(low, high);
}

/** The stretch that a number lies in; one that computing took a trifle below a round end lies behind that end. */
export function stretchOf(stretches: readonly Stretch[], value: number): Stretch | undefined {
  return stretches.findLast(({ low }) => value + Math.abs(value) * 1e-9 >= low) ?? stretches[0];
}

/** Whether numbers are better told apart by their logarithms. */
export function isWide(low: number, high: number): boolean {
  return low > 0 && high / low > WIDE;
}

function powers(low: number, high: number): Stretch[] {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.ceil((last - first + 1) / MOST_STRETCHES);
  const ends = Array.from({ length: Math.ceil((last - first + 1) / step) + 1 }, (_, index) => Number(`1e${first + index * step}`));
  return between(ends, (from, to) => Math.sqrt(from * to));
}

function evenly(low: number, high: number): Stretch[] {
  const rough = (high - low) / (MOST_STRETCHES - 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const n = Math.floor(high / step) - first + 1;
  return between(Array.from({ length: n + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12))), (from, to) => (from + to) / 2);
}

function between(ends: readonly number[], middle: (from: number, to: number) => number): Stretch[] {
  return ends.slice(1).map((high, index) => {
    const low = ends[index] as number;
    return { low, high, middle: middle(low, high), label: `${formatNumber(low)} – ${formatNumber(high)}` };
  });
}
