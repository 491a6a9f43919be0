/** Where an axis has its ticks: at round numbers, whose labels say exactly where they stand. */

import type { Range } from "../../curves/points/ranges";
import type { Scale } from "./scales";
import { mapping, unmapping } from "./scales";

const DIGITS = [10, 5, 2, 1] as const;
/** Where less than this share of a distance is left to choose from, no number is round. */
const ROOM = 0.3;

/** Ticks at even distances, of which the smallest is taken that leaves no more than `most`. */
export function evenTicks([low, high]: Range, most: number, increments: readonly number[] = roundSteps(high - low)): number[] {
  const step = increments.find((each) => (high - low) / each <= most) ?? high - low;
  const first = Math.ceil(low / step - 1e-9);
  const n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, n) }, (_, index) => exact((first + index) * step));
}

function roundSteps(height: number): number[] {
  const power = Math.floor(Math.log10(height || 1));
  return [-2, -1, 0].flatMap((more) => [1, 2, 5].map((digit) => digit * 10 ** (power + more)));
}

/** Powers of ten with their doubles and halves, or powers alone where these are too many; even ones within a decade that has none. */
export function logTicks([low, high]: Range, most: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 }, (_, index) => Math.floor(Math.log10(low)) + index);
  const within = (digits: readonly number[], every = 1) => powers.filter((power) => power % every === 0).flatMap((power) => digits.map((digit) => exact(digit * 10 ** power))).filter((tick) => tick >= low && tick <= high);
  const all = within([1, 2, 5]);
  if (all.length < 2) return evenTicks([low, high], most);
  return all.length <= most ? all : within([1], Math.ceil(powers.length / most));
}

/** Ticks on a scale that is uneven: the roundest numbers, each so many pixels from the next. */
export function unevenTicks(scale: Scale, range: Range, pixels: number, space: number): number[] {
  const [at, back] = [mapping(scale, range, 0, pixels), unmapping(scale, range, 0, pixels)];
  const fill = (from: number, to: number): number[] => {
    if (to - from < ROOM * space) return [];
    const tick = roundest(back(from), back(to), back((from + to) / 2));
    return [...fill(from, at(tick) - space), tick, ...fill(at(tick) + space, to)];
  };
  return fill(0, pixels);
}

/** The number within these ends that is written with the fewest digits; of several the one nearest to `middle`. */
export function roundest(low: number, high: number, middle: number): number {
  const greatest = Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE)));
  for (let power = greatest; power > greatest - 15; power--) {
    for (const digit of DIGITS) {
      const step = digit * 10 ** power;
      const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
      if (first <= last) return exact(Math.min(last, Math.max(first, Math.round(middle / step))) * step);
    }
  }
  return middle;
}

/** Without what computing added behind the last digit. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}
