/** The data behind the chart: curves and bands of the chosen metric, their colors, and what has to be said about them. */

import { useCallback, useMemo } from "react";
import type { Aggregation } from "../../api/curves";
import { colorBy, colorGroups } from "../../charts/coloring";
import type { Palette } from "../../charts/colors";
import { paletteOf } from "../../charts/colors";
import { rangeY } from "../../charts/scales/extents";
import type { View } from "../../charts/plot";
import { UNZOOMED } from "../../charts/plot";
import type { Context } from "../../charts/scene";
import { sceneOf } from "../../charts/scene";
import { accountOf } from "../../curves/account";
import { bandedGroups, firstGroups } from "../../curves/bands";
import { compose } from "../../curves/composition";
import { MAX_RUNS, chosenRuns } from "../../curves/crowd";
import { facetsOf } from "../../curves/facets";
import { groupsOf } from "../../curves/groups";
import type { MetricGroup } from "../../curves/metrics";
import { loadedParts, metricsOf } from "../../curves/metrics";
import { EVERYWHERE, countOutside } from "../../curves/ranges";
import type { Subject } from "../../curves/subject";
import type { BenchView } from "../../state/bench";
import { useCurveGroups, useCurves } from "../../state/queries";
import { useDark } from "../../state/theme";
import { bestOf } from "../trials/summaries";

export interface Input {
  readonly subject: Subject;
  /** Key of the selected trial. */
  readonly selected: string | null;
  /** Keys of the trials that the filter chooses; null without a filter. */
  readonly chosen: ReadonlySet<string> | null;
  readonly metric: MetricGroup;
  readonly bench: BenchView;
}

const NOTHING = { metric: "", direction: "minimize" } as const;

export function useCurveScene({ subject, selected, chosen, metric, bench }: Input) {
  const { studies, members, columns, best, keyOf } = subject;
  const palette = paletteOf(useDark());
  const objective = studies[0]?.objective ?? NOTHING;
  const maximize = objective.direction === "maximize";
  const names = useMemo(() => studies.map(({ name }) => name), [studies]);
  const grouping = useMemo(() => groupsOf(members, bench.group, columns), [members, bench.group, columns]);
  const facetting = useMemo(() => (columns.some(({ key }) => key === bench.facet) ? groupsOf(members, bench.facet, columns) : null), [members, bench.facet, columns]);
  const coloringIn = useCallback((palette: Palette) => {
    if (grouping.by !== null) return colorGroups(grouping, palette);
    const column = columns.find(({ key }) => key === bench.color);
    return column ? colorBy(members, column, palette) : null;
  }, [grouping, members, columns, bench.color]);
  const coloring = useMemo(() => coloringIn(palette), [coloringIn, palette]);

  const highlighted = useMemo(
    () => new Set([best, selected, bench.baseline, ...bench.pins].filter((key) => key !== null)),
    [best, selected, bench.baseline, bench.pins],
  );
  const isHidden = useMemo(() => {
    const hidden = new Set(bench.hidden);
    return (trial: string) => hidden.has(grouping.of.get(trial)?.key ?? "");
  }, [bench.hidden, grouping]);
  const isShown = useMemo(() => (trial: string) => !isHidden(trial) && (chosen === null || chosen.has(trial)), [isHidden, chosen]);
  const runs = useMemo(
    () => chosenRuns(chosen ? members.filter(({ key }) => chosen.has(key)) : members, maximize, highlighted),
    [members, chosen, maximize, highlighted],
  );

  // Until the trials of a large study are here, nobody knows which of its curves to ask for.
  const done = studies.reduce((sum, { progress }) => sum + progress.done, 0);
  const ready = members.length > 0 || done <= MAX_RUNS;
  const wanted = metricsOf(metric);
  const higherIsBetter = bestOf(wanted.main ?? objective.metric, objective) === "high";
  const whole = bench.smoothing > 0;
  const main = useCurves(names, ready ? wanted.main : null, runs, bench.axis, whole);
  const beside = useCurves(names, ready ? wanted.beside : null, runs, bench.axis, whole);
  const loaded = useMemo(() => loadedParts(metric, main.data, beside.data), [metric, main.data, beside.data]);

  const { axis, center, band, survivors } = bench;
  const how: Aggregation = { x: axis, center, band: band === "none" ? null : band, survivors, best_so_far: !bench.bestSoFar ? null : higherIsBetter ? "maximize" : "minimize" };
  const { banded, nLeftOut } = useMemo(() => firstGroups(bandedGroups(grouping, isShown, facetting)), [grouping, isShown, facetting]);
  const mainGroups = useCurveGroups(names, wanted.main, banded, how);
  const besideGroups = useCurveGroups(names, bench.train === "none" && !bench.apart ? null : wanted.beside, banded, how);
  const groups = useMemo(() => loadedParts(metric, mainGroups.data, besideGroups.data), [metric, mainGroups.data, besideGroups.data]);

  const { train, apart, members: beneath, smoothing, bestSoFar } = bench;
  const shape = useMemo(() => ({ axis, train, apart, members: beneath, smoothing, bestSoFar }), [axis, train, apart, beneath, smoothing, bestSoFar]);
  const lines = useMemo(
    () => compose(loaded, groups, { view: shape, grouping, keyOf, isShown, highlighted, higherIsBetter }),
    [loaded, groups, shape, grouping, keyOf, isShown, highlighted, higherIsBetter],
  );
  const context = useMemo(
    () => ({ members, grouping, best, selected, pins: bench.pins, baseline: bench.baseline, maximize, higherIsBetter, coloring, palette }),
    [members, grouping, best, selected, bench.pins, bench.baseline, maximize, higherIsBetter, coloring, palette],
  );
  const scene = useMemo(() => sceneOf(lines, context), [lines, context]);
  const facetsIn = useCallback(
    (seen: Context) => facetsOf(lines, facetting, bench.apart).map((facet) => ({ ...facet, scene: sceneOf(facet.lines, seen, lines) })),
    [lines, facetting, bench.apart],
  );
  const facets = useMemo(() => facetsIn(context), [facetsIn, context]);
  const { logX, scale, clip } = bench;
  const view = useMemo<View>(() => ({ axis, logX, scale, upward: higherIsBetter, clip, palette }), [axis, logX, scale, higherIsBetter, clip, palette]);
  const outside = useMemo(() => countOutside(lines, scale === "log", clip ? rangeY(scene, view, UNZOOMED) : EVERYWHERE), [lines, scale, clip, scene, view]);
  const shown = loaded.at(-1)?.data;
  const account = useMemo(
    () => accountOf({ members, curves: shown, chosen, isHidden, asked: runs && new Set(runs) }),
    [members, shown, chosen, isHidden, runs],
  );
  const drawn = members.length > 0 ? account.drawn : (shown?.series.length ?? 0);
  const ranked = members.length > 0 || done === 0;  // colors are ranks, which trials tell
  const pending = !ranked || main.isPlaceholderData || mainGroups.isPlaceholderData || (shown === undefined && main.isFetching) || mainGroups.isPending;
  const error = main.error ?? beside.error ?? mainGroups.error ?? besideGroups.error;
  /** The charts in other colors than the screen's. */
  const inColors = (other: Palette) => {
    const colored = coloringIn(other);
    return { sheets: facetsIn({ ...context, palette: other, coloring: colored }), view: { ...view, palette: other }, coloring: colored };
  };
  return { view, scene, facets, inColors, grouping, coloring, palette, outside, account, drawn, bandless: nLeftOut, pending, error };
}
