import { useMemo } from "react";
import { formatValue } from "../../../format/numbers";
import { useEffects, useImportances } from "../../../state/url/insight";
import { useParameter } from "../../../state/url/selection";
import { LateEChart } from "../LateEChart";
import { bestOf, dotsBy } from "../options/dots";
import { between, levelKey, levelName } from "../options/levels";
import { effectOption } from "../options/options";
import { BEATEN } from "../options/parts";
import { PictureTable } from "../PictureTable";
import { Reading } from "../Reading";
import type { Pictured } from "./props";
import { useColors } from "./useColors";

export function EffectPicture({ study, trials, objective, place }: Pictured) {
  const { data, error } = useEffects(study, objective);
  const importances = useImportances(study, objective).data;
  const [named, choose] = useParameter("parameter");
  const colors = useColors();
  const first = importances?.items.find(({ parameter }) => data?.items.some((effect) => effect.parameter === parameter))?.parameter;
  const effect = data?.items.find(({ parameter }) => parameter === (named ?? first)) ?? data?.items[0];
  const option = useMemo(() => {
    if (!effect) return undefined;
    const dots = dotsBy(trials, place, ({ parameters }) => parameters[effect.parameter]);
    return effectOption(effect, dots, bestOf(dotsBy(trials, place, ({ number }) => number), objective.direction), objective, colors);
  }, [effect, trials, place, objective, colors]);
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
      {option && effect && <LateEChart option={option} height={330} label={`${objective.metric} by ${effect.parameter}`} />}
      {effect && (
        <PictureTable
          label={`${objective.metric} by ${effect.parameter}, in numbers`}
          heads={[effect.parameter, "trials", "median", "95 % interval", "quartiles", BEATEN]}
          rows={effect.levels}
          keyOf={levelKey}
          cellsOf={(level) => [levelName(level, effect.categorical), level.n, formatValue(level.median), between(level.median_low, level.median_high), between(level.quartile_1, level.quartile_3), level.n_beaten]}
        />
      )}
    </Reading>
  );
}
