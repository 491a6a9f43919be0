/** What became of every run: none is missing from the chart without a word. */

import type { Curves } from "../api/types";
import { formatCount, plural } from "../format/numbers";
import type { XAxis } from "../state/url/bench";
import type { Member } from "./groups/groups";

export interface Account {
  readonly total: number;
  /** Each run is counted once, under the first of these that holds. */
  readonly parts: readonly (readonly [words: string, count: number])[];
  readonly drawn: number;
}

interface Seen {
  readonly members: readonly Member[];
  readonly curves: Curves | undefined;
  readonly axis: XAxis;
  /** The trials that the filter chose; null for all. */
  readonly chosen: ReadonlySet<string> | null;
  readonly isHidden: (trial: string) => boolean;
  /** The runs that were asked for; null for all. */
  readonly asked: ReadonlySet<string> | null;
}

/** Where all the runs are, of which `drawn` are in the chart, alone or in the band of their group. */
export function accountOf({ members, curves, axis, chosen, isHidden, asked }: Seen): Account {
  const finite = new Map((curves?.series ?? []).map(({ run_id, y }) => [run_id, y.some(Number.isFinite)]));
  const nowhere = new Set((curves?.series ?? []).flatMap(({ run_id, x, y }) => (y.length > 0 && x[axis]?.every(Number.isNaN) ? [run_id] : [])));
  const counts = { drawn: 0, filtered: 0, hidden: 0, "without a place on this axis": 0, "never finite": 0, waiting: 0, "without a point of it": 0, "of lower rank left out": 0 };
  for (const { key, trial } of members) {
    for (const run of trial.run_ids) {
      if (chosen && !chosen.has(key)) counts.filtered++;
      else if (isHidden(key)) counts.hidden++;
      else if (nowhere.has(run)) counts["without a place on this axis"]++;
      else if (finite.get(run) === true) counts.drawn++;
      else if (finite.get(run) === false) counts["never finite"]++;
      else if (trial.state === "WAITING") counts.waiting++;
      else if (asked && !asked.has(run)) counts["of lower rank left out"]++;
      else counts["without a point of it"]++;
    }
  }
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return { total: parts.reduce((sum, [, count]) => sum + count, 0), parts, drawn: counts.drawn };
}

/** `960 runs = 812 drawn, 143 filtered, 3 never finite, 2 hidden`. */
export function formatAccount({ total, parts }: Account): string {
  if (total === 0) return "no runs";
  const [only, ...others] = parts;
  if (others.length === 0 && only?.[0] === "drawn") return `${plural(total, "run")}, all drawn`;
  return `${plural(total, "run")} = ${parts.map(([words, count]) => `${formatCount(count)} ${words}`).join(", ")}`;
}
