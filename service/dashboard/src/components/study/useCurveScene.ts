/** The data behind the chart: curves of the chosen metric, their colours, and what has to be said about them. */

import { useMemo } from "react";
import type { RunState, StudyView, Trial } from "../../api/types";
import { colorBy } from "../../charts/coloring";
import { DARK, LIGHT } from "../../charts/colors";
import { MAX_RUNS, chosenRuns, countRuns, startedOf } from "../../charts/crowd";
import type { MetricGroup } from "../../charts/metrics";
import type { View } from "../../charts/plot";
import { countOutside } from "../../charts/ranges";
import type { Loaded } from "../../charts/scene";
import { chosenLines, sceneOf } from "../../charts/scene";
import type { ChartSettings } from "../../charts/settings";
import { useCurves } from "../../state/queries";
import { useDark } from "../../state/theme";
import type { Column } from "../trials/columns";

export interface Input {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  readonly selected: number | null;
  readonly group: MetricGroup;
  readonly settings: ChartSettings;
}

export function useCurveScene({ study, trials, columns, selected, group, settings }: Input) {
  const { axis, log, clip, train, color } = settings;
  const palette = useDark() ? DARK : LIGHT;
  const best = study.best?.trial ?? null;
  const maximize = study.objective.direction === "maximize";
  const runs = useMemo(() => chosenRuns(trials, maximize, selected), [trials, maximize, selected]);
  // Until the trials of a large study are here, nobody knows which of its curves to ask for.
  const ready = trials.length > 0 || study.progress.done <= MAX_RUNS;
  const main = useCurves(study.name, ready ? (group.validation ?? group.only ?? group.train) : null, runs);
  const beside = useCurves(study.name, ready && group.validation !== null ? group.train : null, runs);

  const lines = useMemo(() => {
    const loaded: Loaded[] = [];
    if (beside.data) loaded.push({ part: "train", curves: beside.data });
    if (main.data) loaded.push({ part: group.validation ? "validation" : group.train ? "train" : "only", curves: main.data });
    const highlighted = new Set([best, selected].filter((trial) => trial !== null));
    return chosenLines(loaded, axis, train, highlighted);
  }, [main.data, beside.data, group, axis, train, best, selected]);

  const coloring = useMemo(() => {
    const column = columns.find(({ key }) => key === color);
    return column ? colorBy(trials, column, palette.categories) : null;
  }, [trials, columns, color, palette]);

  const scene = useMemo(
    () => sceneOf(lines, { trials, best, selected, maximize, coloring, palette }),
    [lines, trials, best, selected, maximize, coloring, palette],
  );
  const view = useMemo<View>(() => ({ axis, log, clip, palette }), [axis, log, clip, palette]);
  const outside = useMemo(() => countOutside(lines, log, clip), [lines, log, clip]);
  const states = useMemo(() => {
    const counts = new Map<RunState, number>();
    for (const { state } of main.data?.series ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }, [main.data]);

  const leftOut = runs === null ? (main.data?.n_runs_left_out ?? 0) : countRuns(startedOf(trials)) - runs.length;

  return { view, scene, coloring, palette, best, states, outside, leftOut, main, error: main.error ?? beside.error };
}
