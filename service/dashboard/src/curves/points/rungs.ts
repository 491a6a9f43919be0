/** Where a pruner that climbs rungs judges: after so many epochs or steps, and then after a factor of them each time. */

import type { StudyView } from "../../api/types";
import type { XAxis } from "../../state/url/bench";
import type { Range } from "./ranges";

interface Pruner {
  readonly name?: string;
  readonly min_epochs?: number;
  readonly reduction_factor?: number;
  readonly interval?: { readonly steps: number; readonly first: number | null } | null;
  /** What a patient pruner waits for. */
  readonly pruner?: Pruner;
}

/** So many are marks; more would be a grid. */
const MOST = 24;

/** The rungs on this axis that lie within a range; none where the pruner has no rungs, or counts something else. */
export function rungsOf(definition: StudyView["definition"], axis: XAxis, [low, high]: Range): readonly number[] {
  const { name, min_epochs: epochs = 1, reduction_factor: factor = 0, interval } = innermost((definition["pruner"] ?? {}) as Pruner);
  const counts = interval ? "step" : "epoch";
  if ((name !== "asha" && name !== "hyperband") || axis !== counts || !(factor > 1)) return [];
  const found: number[] = [];
  for (let rung = interval ? (interval.first ?? interval.steps) : epochs; rung <= high && found.length < MOST; rung *= factor) if (rung >= low) found.push(rung);
  return found;
}

function innermost(pruner: Pruner): Pruner {
  return pruner.pruner ? innermost(pruner.pruner) : pruner;
}
