/** Numbers as people read them: few digits, and never a column of zeros. */

const THIN_SPACE = "\u2009";

/** A metric or a parameter with about four significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

/** A metric that may not be known yet. */
export function formatValue(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : formatNumber(value);
}

/** A whole number with its thousands set apart. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, THIN_SPACE);
}

/** A size in bytes with a unit a person can judge. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const scaled = bytes / 1000 ** power;
  return `${power === 0 ? scaled : scaled.toPrecision(3)} ${units[power]}`;
}

/** `1 run`, `2 runs`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** What a run occupies: `1 CPU, 0.5 GPU`. */
export function formatResources({ cpus, gpus }: { readonly cpus: number; readonly gpus: number }): string {
  return `${formatNumber(cpus)} CPU${gpus > 0 ? `, ${formatNumber(gpus)} GPU` : ""}`;
}
