import { useCallback, useMemo, useState } from "react";
import { Redirect } from "wouter";
import { ApiError } from "../api/client";
import { NotFound } from "../components/basics/NotFound";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { CurvesPanel } from "../components/study/CurvesPanel";
import { StudyHeader } from "../components/study/StudyHeader";
import { Warnings } from "../components/study/Warnings";
import { TrialPanel } from "../components/trial/TrialPanel";
import { TrialsTable } from "../components/trials/TrialsTable";
import { useSoFar } from "../components/trials/useSoFar";
import { columnsOf } from "../format/columns";
import { hasEnded } from "../format/states";
import { useLive } from "../state/live";
import { useStudy, useTrials } from "../state/queries";
import { useSelection } from "../state/selection";
import { useTitle } from "../state/title";
import type { StudyView } from "../api/types";

/** One study: its header, its curves, its trials, and the trial that is selected. */
export function StudyPage({ name }: { readonly name: string }) {
  useTitle(name);
  const { data: study, error, refetch } = useStudy(name);
  if (error instanceof ApiError && error.status === 404) return <NotFound what={`There is no study “${name}”`} />;
  if (!study) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the study" />;
  if (study.name !== name) return <Redirect to={`/studies/${encodeURIComponent(study.name)}${window.location.search}`} replace />;
  return <LiveStudy study={study} error={error} />;
}

function LiveStudy({ study, error }: { readonly study: StudyView; readonly error: Error | null }) {
  const connection = useLive(study.name, study.version);
  const { data: trials = [], error: trialsError, isPending } = useTrials(study.name);
  const columns = useMemo(() => columnsOf(trials), [trials]);
  const soFar = useSoFar(study, trials);
  const trialOf = useCallback((run: string) => trials.find(({ run_ids }) => run_ids.includes(run))?.number ?? null, [trials]);
  const { trial, run, select } = useSelection(trialOf);
  const [hovered, setHovered] = useState<number | null>(null);
  const close = useCallback(() => select(null), [select]);
  const failure = error ?? trialsError;
  return (
    <div className={trial === null ? "study" : "study study-with-trial"}>
      {failure && <ErrorNotice error={failure} />}
      <Warnings warnings={study.warnings} />
      <StudyHeader study={study} connection={connection} onSelectTrial={select} />
      <div className="study-main">
        <CurvesPanel study={study} trials={trials} columns={columns} selected={trial} onSelect={select} onHover={setHovered} />
        {isPending ? (
          <Loading what="the trials" />
        ) : (
          <TrialsTable
            trials={trials}
            columns={columns}
            soFar={soFar}
            metric={study.objective.metric}
            maximize={study.objective.direction === "maximize"}
            ended={hasEnded(study.state)}
            selected={trial}
            hovered={hovered}
            onSelect={select}
          />
        )}
      </div>
      {trial !== null && (
        <TrialPanel key={trial} study={study} number={trial} run={run} onSelectRun={(chosen) => select(trial, chosen)} onClose={close} />
      )}
    </div>
  );
}
