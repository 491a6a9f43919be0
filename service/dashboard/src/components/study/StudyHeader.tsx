import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import { formatWait, hasEnded, waitOf } from "../../format/states";
import { compareUrl } from "../../state/url/comparing";
import { useWorkers } from "../../state/workers";
import type { Connection } from "../../stream/messages";
import { Age } from "../basics/Clock";
import { CodeBlock } from "../basics/CodeBlock";
import { LiveMark } from "../basics/LiveMark";
import { StateBadge } from "../basics/StateBadge";
import { Actions } from "./Actions";
import { Confirmations } from "./Confirmations";
import { Facts } from "./Facts";
import { Progress } from "./Progress";
import { ReportLink } from "./ReportLink";

interface Props {
  readonly study: StudyView;
  readonly connection: Connection;
  /** The parameter by which its report is grouped; null leaves it to the report. */
  readonly reportBy: string | null;
  readonly onSelectTrial: (trial: number) => void;
}

export function StudyHeader({ study, connection, reportBy, onSelectTrial }: Props) {
  return (
    <section className="study-header" aria-label="Study">
      <div className="study-title">
        <div>
          <Link href="/studies" className="muted crumb">
            Studies /
          </Link>
          <h1>
            {study.name} <StateBadge state={study.state} /> <Workers study={study} />
          </h1>
          <p className="muted">
            {study.reason && (
              <>
                <span className="reason">{study.reason}</span>
                {" · "}
              </>
            )}
            created <Age of={study.created_at} />
          </p>
          {waitOf(study) && <p className="reason">{formatWait(waitOf(study))}</p>}
        </div>
        <div className="study-buttons">
          <LiveMark connection={connection} ended={hasEnded(study.state)} />
          <Link className="button" href={compareUrl([study.name])}>
            Compare with…
          </Link>
          {study.links.mlflow && (
            <a className="button" href={study.links.mlflow} target="_blank" rel="noreferrer">
              Open in MLflow ↗
            </a>
          )}
          <ReportLink study={study} by={reportBy} />
          <Actions study={study} />
        </div>
      </div>
      {study.code_check?.traceback && <Traceback text={study.code_check.traceback} />}
      {study.mlflow_error !== null && <MlflowNotice trials={study.mlflow_rejected} error={study.mlflow_error} />}
      <Progress study={study} />
      <Facts study={study} onSelectTrial={onSelectTrial} />
      <Confirmations study={study} />
      {study.notes && <p className="notes">{study.notes}</p>}
    </section>
  );
}

/** Where the code of the user's own failed its check. */
function Traceback({ text }: { readonly text: string }) {
  return (
    <details className="traceback">
      <summary>Traceback</summary>
      <CodeBlock text={text} label="Copy traceback" />
    </details>
  );
}

/** What MLflow refuses would otherwise just be missing there. */
function MlflowNotice({ trials, error }: { readonly trials: number; readonly error: string }) {
  return (
    <div className="notice notice-warning" role="status">
      <strong>
        MLflow does not show {trials} {trials === 1 ? "trial" : "trials"} of this study
      </strong>
      <p>{error}</p>
      <p>
        Nothing is lost here; <code>studyhall mlflow rebuild</code> offers what is missing to MLflow again.
      </p>
    </div>
  );
}

/** Why nothing happens yet: a study that is to run, and no worker that could. */
function Workers({ study: { state, desired } }: { readonly study: StudyView }) {
  const wanted = desired === "running" && !hasEnded(state);
  const workers = useWorkers(wanted).data?.items;
  if (!wanted || !workers || workers.some((worker) => worker.state !== "starting")) return null;
  return <span className="muted wish">{workers.length > 0 ? "starting workers…" : "waiting for workers…"}</span>;
}
