import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import type { Connection } from "../../state/live";
import { StateBadge } from "../basics/StateBadge";
import { Actions } from "./Actions";
import { Definition } from "./Definition";
import { Facts } from "./Facts";
import { Progress } from "./Progress";

interface Props {
  readonly study: StudyView;
  readonly connection: Connection;
  readonly onSelectTrial: (trial: number) => void;
}

export function StudyHeader({ study, connection, onSelectTrial }: Props) {
  return (
    <section className="study-header" aria-label="Study">
      <div className="study-title">
        <div>
          <Link href="/studies" className="muted crumb">
            Studies /
          </Link>
          <h1>
            {study.name} <StateBadge state={study.state} /> <Wish study={study} />
          </h1>
          {study.reason && <p className="reason">{study.reason}</p>}
        </div>
        <div className="study-buttons">
          <LiveMark connection={connection} />
          {study.links.mlflow && (
            <a className="button" href={study.links.mlflow} target="_blank" rel="noreferrer">
              Open in MLflow ↗
            </a>
          )}
          <Definition study={study} />
          <Actions study={study} />
        </div>
      </div>
      <Progress study={study} />
      <Facts study={study} onSelectTrial={onSelectTrial} />
      {study.notes && <p className="notes">{study.notes}</p>}
    </section>
  );
}

/** What was asked for while the engine has not got there yet. */
function Wish({ study: { state, desired } }: { readonly study: StudyView }) {
  const reached = { running: state !== "PAUSED", paused: state !== "RUNNING", stopped: state !== "RUNNING" && state !== "PAUSED", deleted: false }[desired];
  const doing = { running: "resuming", paused: "pausing", stopped: "stopping", deleted: "being deleted" }[desired];
  return reached ? null : <span className="muted wish">{doing}…</span>;
}

function LiveMark({ connection }: { readonly connection: Connection }) {
  if (connection === "reconnecting") return <span className="live live-lost" role="status">Connection lost, trying again…</span>;
  return <span className={`live live-${connection}`} title="Changes appear as they happen">{connection === "live" ? "Live" : "Connecting…"}</span>;
}
