import { useEffect, useRef } from "react";
import type { Run } from "../../api/types";
import { useRunLog } from "../../state/queries";
import { CopyButton } from "../basics/CopyButton";
import { ErrorNotice, Loading } from "../basics/Notice";

const NEAR = 40;

/** What the run wrote, as it writes it, with the traceback when it failed; at its end it follows what comes. */
export function RunLog({ run }: { readonly run: Run | undefined }) {
  const { data, error, isPending } = useRunLog(run);
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  const text = data?.text ?? "";
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  if (!run) return <p className="muted">The trial has no run yet.</p>;
  if (error && !data) return <ErrorNotice error={error} />;
  if (isPending) return <Loading what="the log" />;
  const going = run.state === "RUNNING";
  if (!text) return <p className="muted">{going ? "Nothing is written yet; what comes appears here." : "The run has written nothing."}</p>;
  return (
    <div className="code log">
      <CopyButton text={text} label="Copy log" />
      <pre
        ref={box}
        tabIndex={0}
        aria-label="Log"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => (follows.current = scrollHeight - scrollTop - clientHeight < NEAR)}
      >
        {text}
      </pre>
      {going && <span className="live live-live log-live">Live</span>}
    </div>
  );
}
