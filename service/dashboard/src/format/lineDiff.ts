/** What differs between two texts, line by line. */

export interface DiffLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** The lines of both in order: of a longest common subsequence once, the others as removed or added, the removed first. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [old, young] = [before.trimEnd().split("\n"), after.trimEnd().split("\n")];
  const width = young.length + 1;
  /** Common lines from there on. */
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] as number;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === young[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) [lines.push({ kind: "same", text: old[i++] as string }), j++];
    else if (i < old.length && (j === young.length || at(i + 1, j) >= at(i, j + 1))) lines.push({ kind: "removed", text: old[i++] as string });
    else lines.push({ kind: "added", text: young[j++] as string });
  }
  return lines;
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
