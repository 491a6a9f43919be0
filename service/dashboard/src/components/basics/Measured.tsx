import type { Replication } from "../../api/types";
import { describeRuns, formatMarks, formatShare, formatSpread } from "../../format/replicates";

interface Props {
  readonly value: number | null | undefined;
  readonly replicates: Replication | null | undefined;
}

/** A trial's value; of several runs with their spread, their number, and a mark where one is strange. Each stands in the title. */
export function Measured({ value, replicates }: Props) {
  if (!replicates) return <>{formatSpread(value, null)}</>;
  const marks = formatMarks(replicates);
  return (
    <span className="measured" title={describeRuns(replicates)}>
      {formatSpread(value, replicates.std)} {replicates.n > 0 && <span className="muted">{formatShare(replicates)}</span>}
      {marks && <span className="mark">{marks}</span>}
    </span>
  );
}
