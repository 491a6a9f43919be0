/** The packed form of `GET` and `POST /api/v1/curves` (`Accept: application/octet-stream`), read without a copy of its numbers. */

import type { components } from "./schema";

type Answer = components["schemas"]["Curves"];
type Series = components["schemas"]["Series"];
export type Column = Float64Array | Float32Array;

/** One run's curve: `y` is NaN where the metric was measured as NaN or infinite. Runs may share the columns of `x`. */
export type PackedSeries = Omit<Series, "x" | "y"> & { readonly x: Readonly<Record<string, Column>>; readonly y: Float32Array };
export type PackedCurves = Omit<Answer, "series"> & { readonly series: readonly PackedSeries[] };

type Head = Omit<Series, "x" | "y"> & { readonly n: number; readonly x: Readonly<Record<string, number>> };
type Header = Omit<Answer, "series"> & {
  readonly series: readonly Head[];
  readonly lengths: { readonly whole: readonly number[]; readonly other: readonly number[] };
};

const MAGIC = "SHS2";
const WHOLE = new Set(["step", "epoch"]);

/** The curves of a packed answer. */
export function unpackCurves(body: ArrayBuffer): PackedCurves {
  const text = new TextDecoder();
  const magic = text.decode(new Uint8Array(body, 0, 4));
  if (magic !== MAGIC) throw new Error(`these are no packed curves: they begin with ${magic}`);
  const length = new DataView(body).getUint32(4, true);
  const { lengths, series, ...rest } = JSON.parse(text.decode(new Uint8Array(body, 8, length))) as Header;
  let at = 8 + length;
  const taken = <C extends Column>(kind: { new (body: ArrayBuffer, at: number, n: number): C; BYTES_PER_ELEMENT: number }, n: number) => {
    const column = new kind(body, at, n);
    at += n * kind.BYTES_PER_ELEMENT;
    return column;
  };
  const whole = lengths.whole.map((n) => taken(Float64Array, n));
  const other = lengths.other.map((n) => taken(Float32Array, n));
  const axis = ([name, place]: [string, number]) => [name, (WHOLE.has(name) ? whole : other)[place]] as const;
  return {
    ...rest,
    series: series.map(({ n, x, ...head }) => ({
      ...head,
      x: Object.fromEntries(Object.entries(x).map(axis)) as Record<string, Column>,
      y: taken(Float32Array, n),
    })),
  };
}
