/** Sliders over default search ranges: positions from 0 to 1000, even in the logarithm where the range is. */

import type { Hyperparameter } from "../../api/types";

export interface SlidingRange {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly whole: boolean;
}

const END = 1000;

/** The numeric range a field is searched over, if it has one. */
export function rangeOf({ search }: Hyperparameter): SlidingRange | null {
  const [entry] = Object.entries(search ?? {});
  if (!entry || !/^(log_)?(uniform|int)$/.test(entry[0])) return null;
  const [low, high] = entry[1] as [number, number];
  return { low, high, log: entry[0].startsWith("log"), whole: entry[0].endsWith("int") };
}

export function positionOf(value: number, { low, high, log }: SlidingRange): number {
  const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Number.isFinite(share) ? Math.round(END * Math.min(1, Math.max(0, share))) : 0;
}

/** The value at a position, in few digits. */
export function valueAt(position: number, { low, high, log, whole }: SlidingRange): string {
  const share = position / END;
  const value = log ? low * (high / low) ** share : low + (high - low) * share;
  return whole ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
