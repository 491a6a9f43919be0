import { useMemo } from "react";
import { useLocation } from "wouter";
import type { Effects } from "../../../api/types";
import { formatNumber } from "../../../format/numbers";
import { formatParameter } from "../../../format/parameters";
import { useContour, useEffects, useImportances } from "../../../state/url/insight";
import { useSearchParams } from "../../../state/url/parameters";
import { useParameter } from "../../../state/url/selection";
import { LateEChart } from "../LateEChart";
import type { Spot } from "../options/contour";
import { contourOption, pairOf } from "../options/contour";
import { bestFirst, bestOf, dotsBy, isJudged } from "../options/dots";
import { PictureTable, TrialLink, trialUrl } from "../PictureTable";
import { Reading } from "../Reading";
import type { Pictured } from "./props";
import { useColors } from "./useColors";

const NAMED_PAIRS = 4;

/** What two parameters do together. */
export function ContourPicture({ study, trials, objective, place }: Pictured) {
  const [, navigate] = useLocation();
  const { data: effects, error: effectsError } = useEffects(study, objective);
  const { data: importances, error: importancesError } = useImportances(study, objective);
  const colors = useColors();
  const known = useMemo(() => effects?.items.map(({ parameter }) => parameter) ?? [], [effects]);
  const first = useMemo(() => {
    const ordered = importances?.items.map(({ parameter }) => parameter).filter((parameter) => known.includes(parameter));
    return effects && ordered && pairOf(effects.pairs, ordered.length > 1 ? ordered : known, trials.filter(isJudged));
  }, [effects, importances, known, trials]);
  const [across, setAcross] = useParameter("across");
  const [up, setUp] = useParameter("up");
  const [, change] = useSearchParams();
  const pair = useMemo(() => chosen(across, up, first ?? null, known), [across, up, first, known]);
  const { data, error } = useContour(study, objective, pair);
  const spots = useMemo(() => (data ? spotsOf(trials, place, data.axes.map(({ parameter }) => parameter)) : []), [data, trials, place]);
  const option = useMemo(
    () => data && data.n > 0 && contourOption(data, spots, bestOf(dotsBy(trials, place, ({ number }) => number), objective.direction), colors),
    [data, spots, trials, place, objective, colors],
  );
  const choosePair = ([one, other]: readonly [string, string]) =>
    change((present) => {
      const next = new URLSearchParams(present);
      next.set("across", one);
      next.set("up", other);
      return next;
    });
  const choice = (label: string, value: string, choose: (parameter: string) => void) => (
    <select aria-label={label} value={value} onChange={(event) => choose(event.target.value)}>
      {known.map((parameter) => <option key={parameter}>{parameter}</option>)}
    </select>
  );
  if (effects && importances && first === null) return null;  // no two parameters vary together
  return (
    <Reading
      title="Two parameters together"
      hint={`The median of the completed trials in each cell${data ? `, of ${data.n} that have both` : ""}; a click on a dot opens its trial`}
      error={error ?? effectsError ?? importancesError}
      found={data}
      tools={pair && <span className="insight-choices">{choice("Across", pair[0], setAcross)} {choice("Upwards", pair[1], setUp)}</span>}
    >
      {option && data && <LateEChart option={option} height={400} label={`${objective.metric} by ${data.axes.map(({ parameter }) => parameter).join(" and ")}`} onPick={(index, series) => series === "trials" && spots[index] && navigate(trialUrl(study.name, spots[index][2]))} />}
      {option && data && (
        <PictureTable
          label={`trials by ${data.axes.map(({ parameter }) => parameter).join(" and ")}`}
          heads={["trial", ...data.axes.map(({ parameter }) => parameter), objective.metric]}
          rows={bestFirst(spots, ([, , , value]) => value, objective.direction)}
          keyOf={([, , trial]) => trial}
          cellsOf={([x, y, trial, value]) => [<TrialLink key="trial" study={study.name} trial={trial} />, formatParameter(x), formatParameter(y), formatNumber(value)]}
        />
      )}
      {data?.n === 0 && <p className="muted">No completed trial has both of them.</p>}
      {effects && <Pairs pairs={effects.pairs} onChoose={choosePair} />}
    </Reading>
  );
}

/** What the reader named, as far as there is such a parameter and the other is not the same. */
function chosen(across: string | null, up: string | null, first: readonly [string, string] | null, known: readonly string[]): readonly [string, string] | null {
  if (first === null) return null;
  const one = across !== null && known.includes(across) ? across : first[0];
  const wanted = up !== null && known.includes(up) ? up : first[1];
  const other = wanted !== one ? wanted : (first.find((parameter) => parameter !== one) ?? null);
  return other === null ? null : [one, other];
}

function spotsOf(trials: Pictured["trials"], place: number, [across, up]: readonly string[]): Spot[] {
  const dots = dotsBy(trials, place, ({ parameters }) => (parameters[across as string] === undefined || parameters[up as string] === undefined ? undefined : ""));
  const parametersOf = new Map(trials.map(({ number, parameters }) => [number, parameters]));
  return dots.map(([, value, trial]) => [parametersOf.get(trial)?.[across as string], parametersOf.get(trial)?.[up as string], trial, value]);
}

/** The pairs of which one changes the effect of the other, each a way to see it. */
function Pairs({ pairs, onChoose }: { readonly pairs: Effects["pairs"]; readonly onChoose: (pair: readonly [string, string]) => void }) {
  const strong = pairs.filter(({ strength }) => strength >= 0.005).slice(0, NAMED_PAIRS);
  if (strong.length === 0) return null;
  return (
    <p className="muted insight-pairs">
      Effects that depend on each other:{" "}
      {strong.map(({ parameters, strength }) => {
        const [one, other] = parameters as [string, string];
        return (
          <button key={`${one} ${other}`} type="button" className="link" onClick={() => onChoose([one, other])}>
            {one} with {other} ({Math.round(100 * strength)} % of the variance)
          </button>
        );
      })}
    </p>
  );
}
