import { useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { ApiError } from "../api/client";
import { annotateTrial } from "../api/trials";
import type { StudyView, TrialView } from "../api/types";
import { Annotations } from "../components/basics/Annotations";
import { LiveMark } from "../components/basics/LiveMark";
import { NotFound } from "../components/basics/NotFound";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { StateBadge } from "../components/basics/StateBadge";
import { Artifacts } from "../components/trial/Artifacts";
import { ConfigYaml } from "../components/trial/ConfigYaml";
import { Lineage } from "../components/trial/Lineage";
import { ParameterList } from "../components/trial/ParameterList";
import { RunLog } from "../components/trial/RunLog";
import { RunPicker } from "../components/trial/RunPicker";
import { TrialActions } from "../components/trial/TrialActions";
import { TrialCurves } from "../components/trial/TrialCurves";
import { TrialSummary } from "../components/trial/TrialSummary";
import { refreshTrials, useLive } from "../state/live/live";
import { useStudy, useTrial } from "../state/queries";
import { useParameter } from "../state/url/selection";
import { useTitle } from "../state/title";

/** One trial and its runs, whole. */
export function TrialPage({ name, number }: { readonly name: string; readonly number: string }) {
  useTitle(`Trial ${number} of ${name}`);
  const known = /^\d{1,9}$/.test(number);
  const { data: study, error: studyError, refetch: refetchStudy } = useStudy(name);
  const { data: trial, error, refetch } = useTrial(name, known ? Number(number) : null);
  const failure = studyError ?? error;
  if (!known || (failure instanceof ApiError && failure.status === 404)) return <NotFound what={`There is no trial ${number} of a study “${name}”`} />;
  if (!study || !trial) return failure ? <ErrorNotice error={failure} onRetry={() => void Promise.all([refetchStudy(), refetch()])} /> : <Loading what="the trial" />;
  return <LiveTrial key={study.id} study={study} trial={trial} />;
}

function LiveTrial({ study, trial }: { readonly study: StudyView; readonly trial: TrialView }) {
  const connection = useLive([study]);
  const client = useQueryClient();
  const [chosen, choose] = useParameter("run");
  const run = trial.runs.find(({ id }) => id === chosen) ?? trial.runs[0];
  const mlflow = run?.links.mlflow ?? trial.links.mlflow;
  const address = `/studies/${encodeURIComponent(study.name)}`;
  const ended = trial.ended_at !== null;
  return (
    <article className="trial-page" aria-label={`Trial ${trial.number}`}>
      <header className="study-title">
        <div>
          <span className="muted crumb">
            <Link href="/studies">Studies</Link> / <Link href={`${address}/curves`}>{study.name}</Link> / <Link href={`${address}/trials`}>Trials</Link> /
          </span>
          <h1>
            Trial {trial.number} <StateBadge state={trial.state} /> {study.best?.trial === trial.number && <span className="best-mark">best seen</span>}
            {trial.excluded && <span className="muted wish">excluded</span>}
            {trial.infeasible && <span className="mark">infeasible</span>}
          </h1>
          <TrialSummary study={study} trial={trial}>
            {trial.retry_of !== null && (
              <span className="muted">
                repeats <Link href={`${address}/trials/${trial.retry_of}`}>trial {trial.retry_of}</Link>
              </span>
            )}
          </TrialSummary>
        </div>
        <div className="study-buttons">
          <LiveMark connection={connection} ended={ended} />
          <Link className="button" href={`${address}/curves?trial=${trial.number}`}>
            In the chart
          </Link>
          {mlflow && (
            <a className="button" href={mlflow} target="_blank" rel="noreferrer">
              Open in MLflow ↗
            </a>
          )}
          <TrialActions study={study} trial={trial} />
        </div>
      </header>
      <RunPicker runs={trial.runs} selected={run?.id ?? null} onSelect={choose} />
      <TrialCurves study={study} trial={trial} run={run?.id ?? null} />
      <Lineage study={study.name} trial={trial} />
      <div className="trial-columns">
        <section className="panel padded" aria-label="Parameters and results">
          <h2>Parameters</h2>
          <ParameterList trial={trial} run={run} reduce={study.objective.reduce} />
        </section>
        <div className="trial-stack">
          <section className="panel padded" aria-label="Log">
            <h2>Log</h2>
            <RunLog key={run?.id} run={run} />
          </section>
          <section className="panel padded" aria-label="Files">
            <h2>Files</h2>
            <Artifacts run={run} />
          </section>
        </div>
        <div className="trial-stack">
          <section className="panel padded" aria-label="Notes">
            <Annotations
              notes={trial.notes}
              tags={trial.tags}
              onSave={(wanted) => annotateTrial(study.name, trial.number, wanted).then(() => refreshTrials(client, study.name, [trial.number]))}
            />
          </section>
          <section className="panel padded" aria-label="Configuration">
            <h2>Configuration</h2>
            <ConfigYaml trial={trial} run={run} />
          </section>
        </div>
      </div>
    </article>
  );
}
