import { useMemo, useState } from "react";
import type { DiffLine } from "../../format/lineDiff";
import { diffLines, stretchesOf } from "../../format/lineDiff";
import { plural } from "../../format/numbers";

interface Props {
  readonly before: string;
  readonly after: string;
  /** What the two are called. */
  readonly names: readonly [before: string, after: string];
}

/** Two texts as one, with the lines marked that only one of them has; what lies far from those is folded. */
export function TextDiff({ before, after, names: [one, other] }: Props) {
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  const stretches = useMemo(() => stretchesOf(lines), [lines]);
  const [unfolded, setUnfolded] = useState(false);
  const [removed, added] = (["removed", "added"] as const).map((kind) => lines.filter((line) => line.kind === kind).length);
  if (removed === 0 && added === 0) return <p className="muted">Nothing differs.</p>;
  return (
    <>
      <p className="diff-head">
        <span className="diff-removed">− {plural(removed as number, "line")} of {one} alone</span>
        <span className="diff-added">+ {plural(added as number, "line")} of {other} alone</span>
        <button type="button" className="button small" aria-pressed={unfolded} onClick={() => setUnfolded(!unfolded)}>
          All lines
        </button>
      </p>
      <div className="code diff" role="region" aria-label={`What differs between ${one} and ${other}`} tabIndex={0}>
        {stretches.map(({ quiet, lines: some }, place) => (quiet && !unfolded ? <p key={place} className="diff-fold muted">{plural(some.length, "equal line")}</p> : <pre key={place}>{some.map(shown)}</pre>))}
      </div>
    </>
  );
}

function shown({ kind, text }: DiffLine, place: number) {
  if (kind === "removed") return <del key={place} className="diff-removed">{text}{"\n"}</del>;
  if (kind === "added") return <ins key={place} className="diff-added">{text}{"\n"}</ins>;
  return <span key={place}>{text}{"\n"}</span>;
}
