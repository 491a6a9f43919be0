import { useMemo, useState } from "react";
import { formatNumber, plural } from "../../../format/numbers";
import { formatParameter } from "../../../format/parameters";
import { useImportances, useParallel } from "../../../state/url/insight";
import { usePins } from "../../../state/url/selection";
import { LateEChart } from "../LateEChart";
import { leadingAxes, mergeAxes } from "../options/axes";
import { bestFirst } from "../options/dots";
import { parallelOption, placesWithValue } from "../options/options";
import { PictureTable, TrialLink } from "../PictureTable";
import { Reading } from "../Reading";
import type { Pictured } from "./props";
import { useColors } from "./useColors";

const MOST_PINS = 30;
/** Pixels that an axis has at least; more of them are scrolled. */
const LEAST_AXIS = 62;
/** As many axes are told apart side by side; the others are one button away. */
const MOST_AXES = 10;

export function ParallelPicture({ study, objective }: Pick<Pictured, "study" | "objective">) {
  const { data, error } = useParallel(study, objective);
  const [pins, setPins] = usePins();
  const colors = useColors();
  const importances = useImportances(study, objective);
  const [all, setAll] = useState(false);
  const merged = useMemo(() => data && mergeAxes(data), [data]);
  const axes = useMemo(() => merged && leadingAxes(merged.axes, importances.data?.items ?? [], all ? Infinity : MOST_AXES), [merged, importances.data, all]);
  // Until it is known what is important, or that nobody knows, other axes would give way to these before one's eyes.
  const ready = importances.data !== undefined || importances.error !== null;
  const option = useMemo(() => data && merged && axes && ready && parallelOption(data, axes, merged.columns, pins, data.objective, colors), [data, merged, axes, ready, pins, colors]);
  const valued = useMemo(() => (data ? placesWithValue(data.value) : []), [data]);
  const pinned = (indices: readonly number[] | null) => {
    const chosen = (indices ?? []).map((index) => data?.trial[valued[index] as number]).filter((trial): trial is number => trial !== undefined);
    if (chosen.length > 0 && chosen.length <= MOST_PINS) setPins(() => chosen);
  };
  const n = merged?.axes.length ?? 0;
  const tools = n > MOST_AXES && (
    <button type="button" className="button small" aria-pressed={all} onClick={() => setAll(!all)}>
      {all ? `the ${MOST_AXES} most important` : `all ${n}`}
    </button>
  );
  return (
    <Reading title="All parameters side by side" hint={`${plural(valued.length, "trial")} with a value; drag along an axis to pin what passes there, up to ${MOST_PINS}`} error={error} found={data} tools={tools} wide>
      {option && data && axes && axes.length > 0 && (
        <div className="insight-scroll">
          <div style={{ minWidth: (axes.length + 1) * LEAST_AXIS }}>
            <LateEChart option={option} height={380} label={`parallel axes of ${axes.map(({ parameter }) => parameter).join(", ")}, colored by ${data.objective.metric}`} onBrush={pinned} />
          </div>
        </div>
      )}
      {data && data.axes.length > 0 && (
        <PictureTable
          label="all parameters in numbers"
          heads={["pin", "trial", ...data.axes.map(({ parameter }) => parameter), data.objective.metric]}
          rows={bestFirst(valued, (place) => data.value[place] as number, data.objective.direction)}
          keyOf={(place) => place}
          cellsOf={(place) => {
            const trial = data.trial[place] as number;
            return [
              <input key="pin" type="checkbox" aria-label={`Pin trial ${trial}`} checked={pins.has(trial)} onChange={() => setPins((before) => (before.has(trial) ? [...before].filter((pin) => pin !== trial) : [...before, trial]))} />,
              <TrialLink key="trial" study={study.name} trial={trial} />,
              ...data.axes.map(({ parameter }) => formatParameter(data.columns[parameter]?.[place] ?? undefined)),
              formatNumber(data.value[place] as number),
            ];
          }}
        />
      )}
    </Reading>
  );
}
