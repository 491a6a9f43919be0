import type { Run } from "../../api/types";
import { useAttempts } from "../../state/queries";
import { Elapsed } from "../basics/Clock";

/** The starts of a run, when there was more than one or one went on from a checkpoint: where, from what, and how it ended. */
export function AttemptList({ run }: { readonly run: Run }) {
  const { data: attempts = [] } = useAttempts(run);
  if (attempts.length < 2 && !attempts.some(({ parent_checkpoint }) => parent_checkpoint)) return null;
  return (
    <>
      <h3>Attempts</h3>
      <ol className="attempts">
        {attempts.map(({ attempt, node, worker, started_at, ended_at, parent_checkpoint, reason }, index) => (
          <li key={`${attempt} ${started_at}`}>
            <strong>{index + 1}</strong> on {node || worker} for <Elapsed since={started_at} until={ended_at} />,{" "}
            {parent_checkpoint ? (
              <>
                from checkpoint <code title={parent_checkpoint}>{parent_checkpoint.slice(0, 8)}</code>
              </>
            ) : (
              "from the first step"
            )}
            {reason && <span className="muted"> · {reason}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}
