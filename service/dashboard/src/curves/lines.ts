/** Learning curves as the chart draws them: a line for each run and half of a metric, and one for a group's middle. */

import type { Curves, RunState } from "../api/types";
import type { XAxis } from "../state/url/bench";

/** Which half of a metric a line shows; `only` for metrics such as the learning rate. */
export type Part = "train" | "validation" | "only";

/** What the server sent of one half of a metric. */
export interface Loaded<T> {
  readonly part: Part;
  readonly data: T;
}

export interface Line {
  /** A run's id, or what names a group's middle. */
  readonly id: string;
  /** Key of the trial, of a middle that of its group's first trial; see `trialKey`. */
  readonly trial: string;
  readonly replicate: number;
  readonly state: RunState;
  /** The objective of the run, once it is known. */
  readonly value: number | null;
  readonly part: Part;
  readonly xs: Float64Array;
  /** NaN where no finite value was measured. */
  readonly ys: Float64Array;
  /** Indices at which another attempt than the first begins. */
  readonly resumes: readonly number[];
  /** Whether some of its points are left out, among them perhaps that at which the run is judged. */
  readonly thinned: boolean;
  /** What was measured, where `ys` is what was made of it. */
  readonly raw: Float64Array | null;
  /** Of a group's middle, what is around it; null for a run's own line. */
  readonly band: Band | null;
}

/** What a group's runs come to around their middle, point by point. */
export interface Band {
  readonly group: string;
  /** The chart it belongs to where there are several; see `facetsOf`. */
  readonly facet: string | null;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Beyond which there is no value of the metric, though an edge may lie there; null where none is known. */
  readonly bounds: readonly [number, number] | null;
  /** Runs that count. */
  readonly n: ArrayLike<number>;
}

/** How lines, groups and the address name a trial: by its number, and among several studies by its study too. */
export function trialKey(number: number, study: string | null = null): string {
  return study === null ? String(number) : `${study}:${number}`;
}

/** The trial of a key as people name it: `trial 3`, `trial 3 of digits`; no study has a colon in its name. */
export function trialName(key: string): string {
  const [number, study] = key.split(":").reverse();
  return study === undefined ? `trial ${number}` : `trial ${number} of ${study}`;
}

export type KeyOf = (series: Curves["series"][number]) => string;

/** The lines of one metric. */
export function linesOf({ data, part }: Loaded<Curves>, axis: XAxis, keyOf: KeyOf): Line[] {
  return data.series.map((series) => ({
    id: series.run_id,
    trial: keyOf(series),
    replicate: series.replicate,
    state: series.state,
    value: series.value ?? null,
    part,
    xs: numbersOf(series.x[axis] ?? []),
    ys: numbersOf(series.y),
    resumes: series.attempts.slice(1).map(([, index]) => index as number),
    thinned: series.y.length < series.n_points,
    raw: null,
    band: null,
  }));
}

const NUMBERS = new WeakMap<object, Float64Array>();

/** A column as numbers: the same ones for all runs that share it, and again when other runs have changed. */
function numbersOf(column: readonly number[] | Float64Array | Float32Array): Float64Array {
  const numbers = NUMBERS.get(column) ?? new Float64Array(column);
  NUMBERS.set(column, numbers);
  return numbers;
}
