import { lazy, Suspense, useMemo } from "react";
import { useLocation } from "wouter";
import type { StudyView, Trial } from "../../api/types";
import { plural } from "../../format/numbers";
import { useEffects, useImportances, useParallel, usePareto } from "../../state/insight";
import { usePins, useParameter } from "../../state/selection";
import { useDark } from "../../state/theme";
import { Loading } from "../basics/Notice";
import { colorsOfPage } from "./colors";
import { Importances } from "./Importances";
import { dotsBy, isJudged } from "./dots";
import type { Dot } from "./options";
import { effectOption, historyOption, parallelOption, paretoOption, placesWithValue } from "./options";
import { Reading } from "./Reading";

const EChart = lazy(() => import("./EChart"));

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
}

/** What the trials tell of the parameters. */
export function InsightPanel({ study, trials }: Props) {
  if (study.counts.COMPLETED < 2) return <p className="muted padded">Two completed trials at least are needed to tell anything of the parameters.</p>;
  return (
    <Suspense fallback={<Loading what="the pictures" />}>
      <div className="insight">
        <ImportancesPicture study={study} />
        <EffectPicture study={study} trials={trials} />
        <ParallelPicture study={study} />
        <HistoryPicture study={study} trials={trials} />
        {study.objectives.length > 1 && <ParetoPicture study={study} trials={trials} />}
      </div>
    </Suspense>
  );
}

/** The colors, read anew when they change. */
function useColors() {
  const dark = useDark();
  return useMemo(() => ({ ...colorsOfPage(), dark }), [dark]);
}

function ImportancesPicture({ study }: Pick<Props, "study">) {
  const { data, error } = useImportances(study);
  const [chosen, choose] = useParameter("parameter");
  return (
    <Reading title="What decides" hint="Whether a trial is among the best tenth (PED-ANOVA); a click shows the parameter's effect" error={error} found={data}>
      {data && <Importances items={data.items} chosen={chosen} onChoose={choose} />}
    </Reading>
  );
}

function EffectPicture({ study, trials }: Props) {
  const { data, error } = useEffects(study);
  const importances = useImportances(study).data;
  const [named, choose] = useParameter("parameter");
  const colors = useColors();
  const first = importances?.items.find(({ parameter }) => data?.items.some((effect) => effect.parameter === parameter))?.parameter;
  const effect = data?.items.find(({ parameter }) => parameter === (named ?? first)) ?? data?.items[0];
  const option = useMemo(() => effect && effectOption(effect, dotsBy(trials, ({ parameters }) => parameters[effect.parameter]), study.best?.trial ?? null, study.objective, colors), [effect, trials, study.best, study.objective, colors]);
  return (
    <Reading
      title="Effect of one parameter"
      hint="Completed trials; medians with their 95 % interval, or quartiles where there are few"
      error={error}
      found={data}
      tools={effect &&
        <select aria-label="Parameter" value={effect.parameter} onChange={(event) => choose(event.target.value)}>
          {data?.items.map(({ parameter }) => <option key={parameter}>{parameter}</option>)}
        </select>
      }
    >
      {option && effect && <EChart option={option} height={330} label={`${study.objective.metric} by ${effect.parameter}`} />}
      {data && data.pairs.length > 0 && (
        <p className="muted insight-pairs">
          Effects that depend on each other:{" "}
          {data.pairs.slice(0, 4).map(({ parameters: [one, other], strength }) => `${one} with ${other} (${Math.round(100 * strength)} % of the variance)`).join(" · ")}
        </p>
      )}
    </Reading>
  );
}

function ParallelPicture({ study }: Pick<Props, "study">) {
  const { data, error } = useParallel(study);
  const [pins, setPins] = usePins();
  const colors = useColors();
  const option = useMemo(() => data && parallelOption(data, pins, study.objective, colors), [data, pins, study.objective, colors]);
  const valued = useMemo(() => (data ? placesWithValue(data.value) : []), [data]);
  const pinned = (indices: readonly number[] | null) => {
    const chosen = (indices ?? []).map((index) => data?.trial[valued[index] as number]).filter((trial): trial is number => trial !== undefined);
    if (chosen.length > 0 && chosen.length <= MOST_PINS) setPins(chosen);
  };
  return (
    <Reading title="All parameters side by side" hint={`${plural(valued.length, "trial")} with a value; drag along an axis to pin what passes there, up to ${MOST_PINS}`} error={error} found={data} wide>
      {option && data && data.axes.length > 0 && <EChart option={option} height={380} label={`parallel axes of ${data.axes.map(({ parameter }) => parameter).join(", ")}`} onBrush={pinned} />}
    </Reading>
  );
}

const MOST_PINS = 30;

function HistoryPicture({ study, trials }: Props) {
  const [, navigate] = useLocation();
  const colors = useColors();
  const dots = useMemo(() => dotsBy(trials, ({ number }) => number), [trials]);
  const option = useMemo(() => historyOption(dots, study.objective, colors), [dots, study.objective, colors]);
  const ordered = useMemo(() => [...dots].sort(([a], [b]) => Number(a) - Number(b)), [dots]);
  return (
    <Reading title="How the best came about" hint="Completed trials by number; a click opens one" error={null} found={null}>
      <EChart option={option} height={300} label={`${study.objective.metric} by trial`} onPick={(index, series) => series === "trials" && ordered[index] && navigate(`/studies/${encodeURIComponent(study.name)}/trials/${ordered[index][2]}`)} />
    </Reading>
  );
}

function ParetoPicture({ study, trials }: Props) {
  const { data, error } = usePareto(study);
  const colors = useColors();
  const option = useMemo(() => {
    const all = trials.filter((trial) => isJudged(trial) && typeof trial.values[0] === "number" && typeof trial.values[1] === "number");
    return data && paretoOption(data, all.map(({ values, number }): Dot => [values[0] as number, values[1] as number, number]), colors);
  }, [data, trials, colors]);
  return (
    <Reading title="What no trial is better than" hint="The first two objectives, with the front" error={error} found={data}>
      {option && data && <EChart option={option} height={300} label={`front of ${plural(data.items.length, "trial")}`} />}
    </Reading>
  );
}
