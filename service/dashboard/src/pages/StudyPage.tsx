import { useCallback, useMemo } from "react";
import { Redirect } from "wouter";
import { ApiError } from "../api/client";
import type { StudyView } from "../api/types";
import { ErrorBoundary } from "../components/basics/ErrorBoundary";
import { NotFound } from "../components/basics/NotFound";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { InsightPanel } from "../components/insight/InsightPanel";
import { ConfigTab } from "../components/study/ConfigTab";
import { CurvesPanel } from "../components/bench/CurvesPanel";
import { StudyHeader } from "../components/study/StudyHeader";
import { StudyTabs, tabOf } from "../components/study/StudyTabs";
import type { StudyTab } from "../components/study/StudyTabs";
import { Warnings } from "../components/study/Warnings";
import { TrialPanel } from "../components/trial/TrialPanel";
import { TrialsTable } from "../components/trials/TrialsTable";
import { useSoFar } from "../components/trials/useSoFar";
import { ViewsMenu } from "../components/views/ViewsMenu";
import { reportedBy } from "../curves/groups/reported";
import { columnsOf } from "../format/columns";
import { useLive } from "../state/live/live";
import { useConfirmations, useStudy, useTrialsBeforehand } from "../state/queries";
import { useParameter, useSelection } from "../state/url/selection";
import { useTitle } from "../state/title";
import { useMatchingTrials, useTrialList } from "../state/trials";

/** One study: its header, and one of its views. */
export function StudyPage({ name, tab: named }: { readonly name: string; readonly tab: string | null }) {
  useTitle(name);
  useTrialsBeforehand(name);
  const { data: study, error, refetch } = useStudy(name);
  const tab = tabOf(named);
  if (tab === null) return <NotFound what={`A study has no page “${named}”`} />;
  if (error instanceof ApiError && error.status === 404) return <NotFound what={`There is no study “${name}”`} />;
  if (!study) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the study" />;
  if (study.name !== name) {
    const rest = named === null ? "" : `/${named}`;
    return <Redirect to={`/studies/${encodeURIComponent(study.name)}${rest}${window.location.search}`} replace />;
  }
  return <LiveStudy key={study.id} study={study} error={error} tab={tab} />;
}

interface LiveProps {
  readonly study: StudyView;
  readonly error: Error | null;
  readonly tab: StudyTab;
}

function LiveStudy({ study, error, tab }: LiveProps) {
  const connection = useLive([study]);
  useLive(useConfirmations(study).others);  // only they tell that they have ended, and then this study's answers are others
  const { trials, error: trialsError, isPending } = useTrialList(study);
  const columns = useMemo(() => columnsOf(trials), [trials]);
  const soFar = useSoFar(study, trials);
  const trialOf = useCallback((run: string) => trials.find(({ run_ids }) => run_ids.includes(run))?.number ?? null, [trials]);
  const { trial, run, select } = useSelection(trialOf);
  const [filter] = useParameter("filter");
  const [group] = useParameter("group");
  const reportBy = useMemo(() => reportedBy(group, trials, columns), [group, trials, columns]);
  const { matching: found, error: filterError } = useMatchingTrials([study.name], filter);
  const matching = found?.[0] ?? null;
  const close = useCallback(() => select(null), [select]);
  const failure = error ?? trialsError;
  const withTrial = trial !== null && (tab === "curves" || tab === "trials");
  const table = isPending ? (
    <Loading what="the trials" />
  ) : (
    <TrialsTable study={study} trials={trials} matching={matching} filtered={[study.name]} filterError={filterError} soFar={soFar} selected={trial} onSelect={select} />
  );
  return (
    <div className={withTrial ? "study study-with-trial" : "study"}>
      {failure && <ErrorNotice error={failure} />}
      <Warnings warnings={study.warnings} />
      <StudyHeader study={study} connection={connection} reportBy={reportBy} onSelectTrial={select} />
      <div className="tabs-line">
        <StudyTabs study={study} tab={tab} />
        {tab !== "config" && <ViewsMenu study={study.name} tab={tab} />}
      </div>
      <div className={`study-main study-${tab}`}>
        <ErrorBoundary place={tab}>
          {tab === "curves" && <CurvesPanel study={study} trials={trials} columns={columns} matching={matching} selected={trial} onSelect={select} />}
          {(tab === "curves" || tab === "trials") && table}
          {tab === "insight" && <InsightPanel study={study} trials={trials} />}
          {tab === "config" && <ConfigTab study={study} />}
        </ErrorBoundary>
      </div>
      {withTrial && (
        <TrialPanel key={trial} study={study} number={trial} run={run} onSelectRun={(chosen) => select(trial, chosen)} onClose={close} />
      )}
    </div>
  );
}
