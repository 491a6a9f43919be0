/** The chart's data as a file that spreadsheets and pandas read. */

import type { Line } from "../lines";

const HEADER = ["curve", "half", "x", "y", "measured", "low", "high", "n"];

/** One row for each point, of middles with their band. Numbers are whole; what is not known is empty. */
export function csvOf(lines: readonly Line[], axis: string, nameOf: (line: Line) => string): string {
  const rows = lines.flatMap((line) => rowsOf(line, nameOf(line)));
  return [HEADER.map((name) => (name === "x" ? axis : name)), ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function rowsOf({ xs, ys, raw, band, part }: Line, name: string): string[][] {
  return Array.from(xs, (x, index) => [
    name,
    part === "only" ? "" : part,
    numeral(x),
    ...[ys[index], raw?.[index]].map(band ? numeral : measured),
    ...[band?.low[index], band?.high[index], band ? band.n[index] : 1].map(numeral),
  ]);
}

function numeral(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "" : String(value);
}

/** A run's values come in single precision: the shortest numeral that stands for the same one, 0.1 and not 0.10000000149. */
function measured(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value) || Number.isSafeInteger(value)) return numeral(value);
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
