/** Values of parameters as people read them. */

import { formatNumber } from "./numbers";

export function formatParameter(value: unknown): string {
  if (value === undefined) return "";
  if (value === null) return "none";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map(formatParameter).join(" × ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
