import { useMemo } from "react";
import type { Mark, RunLine } from "../../charts/RunsChart";
import { RunsChart } from "../../charts/RunsChart";
import { paletteOf } from "../../charts/colors";
import type { Curves, StudyView, TrialView } from "../../api/types";
import { formatPlace } from "../../format/replicates";
import { useCurves } from "../../state/queries";
import { useParameter } from "../../state/url/selection";
import { useDark } from "../../state/theme";
import { Choice } from "../basics/Choice";
import { ErrorNotice, Loading } from "../basics/Notice";
import { firstValues, marksOf } from "./marks";

interface Props {
  readonly study: StudyView;
  readonly trial: TrialView;
  /** The run that the page shows. */
  readonly run: string | null;
}

/** A metric of all runs of a trial, with what happened to the chosen one. */
export function TrialCurves({ study, trial, run }: Props) {
  const [named, choose] = useParameter("metric");
  const metric = named !== null && study.metrics.includes(named) ? named : study.objective.metric;
  const names = useMemo(() => [study.name], [study.name]);
  const { data, error, isPlaceholderData } = useCurves(names, trial.run_ids.length > 0 ? metric : null, trial.run_ids);
  const palette = paletteOf(useDark());
  const shown = data?.metric === metric && !isPlaceholderData ? data : undefined;
  const lines = useMemo(() => (shown ? linesOf(shown.series, trial, run, palette.categories) : []), [shown, trial, run, palette]);
  const marks = useMemo(() => {
    if (trial.history.length > 0) return marksOf(trial.history, firstValues(trial));
    return shown ? resumesOf(shown.series.find(({ run_id }) => run_id === run)) : [];
  }, [trial, shown, run]);
  const isPopulation = trial.history.length > 0;
  return (
    <section className="panel padded trial-curves" aria-label="Curves">
      <header className="section-head">
        <h2>Curves</h2>
        {study.metrics.length > 0 && <Choice label="Metric " value={metric} options={study.metrics.map((value) => ({ value, label: value }))} onChange={(chosen) => choose(chosen === study.objective.metric ? null : chosen)} />}
      </header>
      {error && !shown ? <ErrorNotice error={error} /> : !shown && trial.run_ids.length > 0 ? <Loading what="the curves" /> : lines.every(({ xs }) => xs.length === 0) ? (
        <p className="muted">Nothing of {metric} is measured yet.</p>
      ) : (
        <RunsChart lines={lines} marks={marks} label={`${metric} by epoch${lines.length > 1 ? `, ${lines.length} runs` : ""}`} />
      )}
      {isPopulation && <p className="muted insight-hint">What this member itself has trained: where it took over a checkpoint, the curve goes on as the other's.</p>}
    </section>
  );
}

function linesOf(series: Curves["series"], { runs }: TrialView, chosen: string | null, colors: readonly string[]): RunLine[] {
  const placeOf = new Map(runs.map(({ id, seed, fold }, place) => [id, { place, name: formatPlace({ seed, fold }) }]));
  return series.map(({ run_id, x, y }) => {
    const { place, name } = placeOf.get(run_id) ?? { place: 0, name: run_id };
    return { name, color: colors[place % colors.length] as string, chosen: run_id === chosen || series.length === 1, xs: Array.from(x["epoch"] ?? []), ys: Array.from(y, (value) => (Number.isFinite(value) ? value : null)) };
  });
}

/** Where another attempt of a run goes on. */
function resumesOf(series: Curves["series"][number] | undefined): Mark[] {
  return (series?.attempts ?? []).slice(1).map(([attempt, index]) => ({ x: series?.x["epoch"]?.[index as number] ?? 0, text: `attempt ${attempt}` }));
}
