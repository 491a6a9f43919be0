/** How values are spread over an axis. */

import type { Range } from "../../curves/ranges";

export interface Scale {
  /** NaN where the scale cannot show a value. */
  readonly forward: (value: number) => number;
  readonly back: (place: number) => number;
}

export const LINEAR: Scale = { forward: (value) => value, back: (place) => place };
export const LOG: Scale = { forward: (value) => (value > 0 ? Math.log10(value) : NaN), back: (place) => 10 ** place };

/** Opens up what lies near `best`: even within a `unit` of it, and beyond that by powers of the distance to it. */
export function nearScale(best: number, unit: number): Scale {
  return { forward: (value) => Math.asinh((value - best) / unit), back: (place) => best + unit * Math.sinh(place) };
}

/** From values to pixels between the ends of a range, `from` standing at the first of them. */
export function mapping(scale: Scale, [low, high]: Range, from: number, to: number): (value: number) => number {
  const [first, last] = [scale.forward(low), scale.forward(high)];
  const slope = (to - from) / (last - first || 1);
  return (value) => from + (scale.forward(value) - first) * slope;
}

/** From pixels back to values. */
export function unmapping(scale: Scale, [low, high]: Range, from: number, to: number): (pixel: number) => number {
  const [first, last] = [scale.forward(low), scale.forward(high)];
  return (pixel) => scale.back(first + ((pixel - from) / (to - from || 1)) * (last - first));
}
