import type { RunState, StudyState } from "../../api/types";

interface Props {
  readonly state: StudyState | RunState;
  readonly reason?: string | undefined;
}

/** A state in its color; the reason stands in the title. */
export function StateBadge({ state, reason }: Props) {
  return (
    <span className={`badge badge-${state.toLowerCase()}`} title={reason || undefined}>
      {state.toLowerCase()}
    </span>
  );
}
