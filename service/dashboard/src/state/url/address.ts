/** Codecs between what a reader chose and the search parameters of the page's address. */

export interface Field<T> {
  readonly name: string;
  /** What stands where the address says nothing, or nothing that can be read. */
  readonly initial: T;
  readonly read: (texts: readonly string[]) => T | undefined;
  /** What the address says; nothing for the initial value. */
  readonly write: (value: T) => readonly string[];
}

export type Fields<V> = { readonly [K in keyof V]: Field<V[K]> };

export function parse<V>(fields: Fields<V>, parameters: URLSearchParams): V {
  const entries = Object.entries<Field<unknown>>(fields as Fields<Record<string, unknown>>);
  return Object.fromEntries(entries.map(([key, { name, initial, read }]) => [key, read(parameters.getAll(name)) ?? initial])) as V;
}

/** The parameters with these values; what belongs to others stays as it is. */
export function format<V>(fields: Fields<V>, value: V, present = new URLSearchParams()): URLSearchParams {
  const next = new URLSearchParams(present);
  for (const [key, { name, write }] of Object.entries<Field<unknown>>(fields as Fields<Record<string, unknown>>)) {
    next.delete(name);
    for (const text of write(value[key as keyof V])) next.append(name, text);
  }
  return next;
}

/** One of some words; the first is the initial one. */
export function oneOf<T extends string>(name: string, words: readonly [T, ...T[]]): Field<T> {
  return field(name, words[0], (text) => words.find((word) => word === text), String);
}

/** On or off, where the word in the address says what is not initially so. */
export function flag(name: string, word: string, initial = false): Field<boolean> {
  return field(name, initial, (text) => (text === word ? !initial : undefined), () => word);
}

export function text(name: string): Field<string | null> {
  return field<string | null>(name, null, (found) => found || undefined, String);
}

/** A finite number within its bounds. */
export function number(name: string, initial: number, low: number, high: number): Field<number> {
  const read = (found: string) => (found !== "" && Number.isFinite(Number(found)) ? Math.min(high, Math.max(low, Number(found))) : undefined);
  return field(name, initial, read, String);
}

/** Several texts, each a parameter of its own; the same list while they are the same, so that nothing is worked out again. */
export function texts(name: string): Field<readonly string[]> {
  let last: readonly string[] = [];
  const read = (found: readonly string[]) => {
    if (found.length === 0) return undefined;
    const wanted = [...new Set(found)];
    if (wanted.length !== last.length || wanted.some((text, place) => text !== last[place])) last = wanted;
    return last;
  };
  return { name, initial: [], read, write: (value) => value };
}

/** From a smaller to a greater number: `1e-3..0.5`. */
export function range(name: string): Field<readonly [number, number] | null> {
  const read = (found: string): readonly [number, number] | undefined => {
    const [low, high] = found.split("..").map(Number) as [number?, number?];
    return low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) && low < high ? [low, high] : undefined;
  };
  return field<readonly [number, number] | null>(name, null, read, (value) => (value ?? []).map(short).join(".."));
}

/** So few digits that a view differs by less than a pixel. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function field<T>(name: string, initial: T, read: (text: string) => T | undefined, write: (value: T) => string): Field<T> {
  return {
    name,
    initial,
    read: ([found]) => (found === undefined ? undefined : read(found)),
    write: (value) => (value === initial ? [] : [write(value)]),
  };
}
