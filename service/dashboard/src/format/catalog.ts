/** Bounds, ranges and defaults of hyperparameters as people read them. */

import type { Hyperparameter } from "../api/types";
import { formatNumber } from "./numbers";

const LIMITS: readonly (readonly [word: string, sign: string])[] = [
  ["minimum", "≥ "],
  ["exclusiveMinimum", "> "],
  ["maximum", "≤ "],
  ["exclusiveMaximum", "< "],
  ["minItems", "items ≥ "],
  ["maxItems", "items ≤ "],
  ["minLength", "length ≥ "],
  ["maxLength", "length ≤ "],
];
const SPREADS: Readonly<Record<string, string>> = { uniform: "", log_uniform: "log ", int: "integers ", log_int: "log integers " };

/** `≥ 0, < 1`; nothing for what has words to choose from. */
export function formatBounds({ bounds }: Hyperparameter): string {
  const limits = LIMITS.flatMap(([word, sign]) => (typeof bounds[word] === "number" ? [sign + formatNumber(bounds[word])] : []));
  return limits.join(", ");
}

/** The words that may stand, if there is a list of them. */
export function wordsOf({ bounds }: Hyperparameter): readonly string[] {
  return Array.isArray(bounds["enum"]) ? bounds["enum"].map(String) : [];
}

/** The default search range: `log 1e-5 … 0.1`, or the values to choose from. */
export function formatSearch({ search }: Hyperparameter): string {
  const [entry] = Object.entries(search ?? {});
  if (!entry) return "";
  const [word, values] = entry as [string, unknown[]];
  const spread = SPREADS[word];
  return spread === undefined ? values.map(formatDefault).join(", ") : spread + values.map(formatDefault).join(" … ");
}

/** A value as it would be written in YAML. */
export function formatDefault(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return `[${value.map(formatDefault).join(", ")}]`;
  return typeof value === "number" ? formatNumber(value) : String(value);
}

/** What a reader typed as the value of a field: a number where it is one, a list where the field is one. */
export function readValue(text: string, { type }: Hyperparameter): unknown {
  if (type === "array") return text.replace(/[[\]]/g, "").split(/[,\s]+/).filter(Boolean).map(asNumber);
  return type === "number" || type === "integer" ? asNumber(text) : text;
}

/** Text that is no number stays text: the server says what is wrong with it. */
function asNumber(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? text : value;
}
