import type { Run } from "../../api/types";
import { useRunLog } from "../../state/queries";
import { CodeBlock } from "../basics/CodeBlock";
import { ErrorNotice, Loading } from "../basics/Notice";

/** What the run wrote, with the traceback when it failed. */
export function RunLog({ study, run }: { readonly study: string; readonly run: Run | undefined }) {
  const { data, error, isPending } = useRunLog(study, run?.id ?? null);
  if (!run) return <p className="muted">The trial has no run yet.</p>;
  if (error) return <ErrorNotice error={error} />;
  if (isPending) return <Loading what="the log" />;
  return data ? <CodeBlock text={data} label="Copy log" /> : <p className="muted">The run has written nothing.</p>;
}
