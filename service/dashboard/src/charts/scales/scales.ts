/** How values are spread over an axis. */

import type { Range } from "../../curves/points/ranges";

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

/** From values to pixels: what stands at a place of the scale, stretched and moved. */
export interface Mapping {
  (value: number): number;
  readonly scale: Scale;
  readonly slope: number;
  readonly offset: number;
}

/** From values to pixels between the ends of a range, `from` standing at the first of them. */
export function mapping(scale: Scale, [low, high]: Range, from: number, to: number): Mapping {
  const [first, last] = [scale.forward(low), scale.forward(high)];
  const slope = (to - from) / (last - first || 1);
  return Object.assign((value: number) => from + (scale.forward(value) - first) * slope, { scale, slope, offset: from - first * slope });
}

const PLACES = new WeakMap<Scale, WeakMap<Float64Array, Float64Array>>();

/** Where values stand on a scale. It is kept: what is panned and zoomed is the same values again, and logarithms take long. */
export function placesOn(scale: Scale, values: Float64Array): Float64Array {
  if (scale === LINEAR) return values;
  let kept = PLACES.get(scale);
  if (kept === undefined) PLACES.set(scale, (kept = new WeakMap()));
  let places = kept.get(values);
  if (places === undefined) kept.set(values, (places = values.map(scale.forward)));
  return places;
}

/** From pixels back to values. */
export function unmapping(scale: Scale, [low, high]: Range, from: number, to: number): (pixel: number) => number {
  const [first, last] = [scale.forward(low), scale.forward(high)];
  return (pixel) => scale.back(first + ((pixel - from) / (to - from || 1)) * (last - first));
}
