/** The choices of a parameter, or the stretches of its range, as a table has them. */

import type { Effect } from "../../../api/types";
import { formatNumber, formatValue } from "../../../format/numbers";
import { formatParameter } from "../../../format/parameters";

type Level = Effect["levels"][number];

/** A choice, or from where to where numbers were drawn. */
export function levelName({ choice, low, high }: Pick<Level, "choice" | "low" | "high">, categorical: boolean): string {
  return categorical ? formatParameter(choice) : low === high ? formatValue(low) : between(low, high);
}

/** What tells a level from the others of its parameter, also from one that looks alike: `1` from `"1"`, and a stretch by all digits. */
export function levelKey({ choice, low, high }: Pick<Level, "choice" | "low" | "high">): string {
  return JSON.stringify([choice, low, high]);
}

export function between(low: number | null | undefined, high: number | null | undefined): string {
  return typeof low === "number" && typeof high === "number" ? `${formatNumber(low)} to ${formatNumber(high)}` : "–";
}
