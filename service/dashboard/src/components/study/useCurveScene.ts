/** The data behind the chart: curves of the chosen metric, their colors, and what has to be said about them. */

import { useMemo } from "react";
import type { RunState, StudyView, Trial } from "../../api/types";
import { colorBy } from "../../charts/coloring";
import { DARK, LIGHT } from "../../charts/colors";
import { MAX_RUNS, chosenRuns, countRuns, startedOf } from "../../charts/crowd";
import type { MetricGroup } from "../../charts/metrics";
import { loadedParts, metricsOf } from "../../charts/metrics";
import type { View } from "../../charts/plot";
import { countOutside } from "../../charts/ranges";
import { chosenLines, sceneOf } from "../../charts/scene";
import type { ChartSettings } from "../../charts/settings";
import { useCurves } from "../../state/queries";
import { useDark } from "../../state/theme";
import type { Column } from "../../format/columns";

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
  const wanted = metricsOf(group);
  const main = useCurves(study.name, ready ? wanted.main : null, runs);
  const beside = useCurves(study.name, ready ? wanted.beside : null, runs);

  const loaded = useMemo(() => loadedParts(group, main.data, beside.data), [group, main.data, beside.data]);
  const shown = loaded.at(-1)?.curves;
  const lines = useMemo(() => {
    const highlighted = new Set([best, selected].filter((trial) => trial !== null));
    return chosenLines(loaded, axis, train, highlighted);
  }, [loaded, axis, train, best, selected]);

  const coloring = useMemo(() => {
    const column = columns.find(({ key }) => key === color);
    return column ? colorBy(trials, column, palette.categories) : null;
  }, [trials, columns, color, palette]);

  const scene = useMemo(
    () => sceneOf(group.name, lines, { trials, best, selected, maximize, coloring, palette }),
    [group.name, lines, trials, best, selected, maximize, coloring, palette],
  );
  const view = useMemo<View>(() => ({ axis, log, clip, palette }), [axis, log, clip, palette]);
  const outside = useMemo(() => countOutside(lines, log, clip, { maximize, selected }), [lines, log, clip, maximize, selected]);
  const states = useMemo(() => {
    const counts = new Map<RunState, number>();
    for (const { state } of shown?.series ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }, [shown]);

  const parts = useMemo(() => new Set(lines.map(({ part }) => part)), [lines]);

  const drawn = shown?.series.length ?? 0;
  const leftOut = runs === null ? (shown?.n_runs_left_out ?? 0) : countRuns(startedOf(trials)) - runs.length;
  const ranked = trials.length > 0 || study.progress.done === 0;  // colors are ranks, which trials tell
  const pending = !ranked || main.isPlaceholderData || (shown === undefined && main.isFetching);

  return { view, scene, coloring, palette, best, states, parts, outside, drawn, leftOut, pending, error: main.error ?? beside.error };
}
