/** What differs between two texts, line by line. */

import { diffLines as changesOf } from "diff";

export interface DiffLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** The lines of both in order: those that both have once, the others as removed or added, the removed first. */
export function diffLines(before: string, after: string): DiffLine[] {
  return changesOf(`${before.trimEnd()}\n`, `${after.trimEnd()}\n`).flatMap(({ value, added, removed }) => {
    const kind = added ? "added" : removed ? "removed" : "same";
    return value.slice(0, -1).split("\n").map((text) => ({ kind, text }) as const);
  });
}

export interface Stretch {
  /** Whether it is so far from anything that differs that it may be left out. */
  readonly quiet: boolean;
  readonly lines: readonly DiffLine[];
}

/** The lines in stretches: what differs with some lines around it, and what lies between. */
export function stretchesOf(lines: readonly DiffLine[], context = 3): Stretch[] {
  const near = lines.map((_, place) => lines.slice(Math.max(0, place - context), place + context + 1).some(({ kind }) => kind !== "same"));
  const stretches: { quiet: boolean; lines: DiffLine[] }[] = [];
  lines.forEach((line, place) => {
    const quiet = !near[place];
    const last = stretches.at(-1);
    if (last?.quiet === quiet) last.lines.push(line);
    else stretches.push({ quiet, lines: [line] });
  });
  return stretches.map((stretch) => (stretch.lines.length === 1 ? { ...stretch, quiet: false } : stretch));
}
