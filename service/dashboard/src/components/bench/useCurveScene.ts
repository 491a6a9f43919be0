/** The data behind the chart: curves and bands of the chosen metric, their colors, and what has to be said about them. */

import { useCallback, useMemo } from "react";
import type { Aggregation } from "../../api/curves";
import { colorBy, colorGroups } from "../../charts/coloring";
import type { Palette } from "../../charts/colors";
import { dashAt, paletteOf } from "../../charts/colors";
import { rangeY } from "../../charts/scales/extents";
import type { View } from "../../charts/plot";
import { UNZOOMED } from "../../charts/plot";
import type { Context } from "../../charts/scene";
import { sceneOf } from "../../charts/scene";
import { accountOf } from "../../curves/account";
import { bandedGroups, firstGroups } from "../../curves/groups/bands";
import { compose } from "../../curves/composition";
import { MAX_RUNS, chosenRuns } from "../../curves/crowd";
import { facetsOf, facettingOf } from "../../curves/groups/facets";
import type { Grouping, Member } from "../../curves/groups/groups";
import { crossed, dashed, groupsOf } from "../../curves/groups/groups";
import type { MetricGroup } from "../../curves/metrics";
import { loadedParts, metricsOf } from "../../curves/metrics";
import { namesOf, trialMark, withNames } from "../../curves/groups/names";
import { EVERYWHERE, countOutside, extentX } from "../../curves/points/ranges";
import { rungsOf } from "../../curves/points/rungs";
import type { Subject } from "../../curves/groups/subject";
import type { Column } from "../../format/columns";
import type { BenchView } from "../../state/url/bench";
import { useDark } from "../../state/theme";
import { bestOf } from "../trials/summaries";
import { useDetailedCurves, useDetailedGroups } from "./useDetailed";
import { useJudged } from "./useJudged";

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

/** The groups by a parameter; null where there is none of that key. */
function useGroupingBy(members: readonly Member[], by: string | null, columns: readonly Column[]): Grouping | null {
  return useMemo(() => (columns.some(({ key }) => key === by) ? groupsOf(members, by, columns) : null), [members, by, columns]);
}

/** What is grouped by a parameter is divided by the one that line styles tell apart. */
function withDashes(grouping: Grouping, dashing: Grouping | null): Grouping {
  if (grouping.by === null || dashing === null) return grouping;
  return dashing.by === grouping.by ? dashed(grouping) : crossed(grouping, dashing);
}

/** Trial to its line style. */
function dashesOf({ groups }: Grouping): ReadonlyMap<string, readonly number[]> {
  return new Map(groups.flatMap(({ members, place }) => members.map(({ key }) => [key, dashAt(place)] as const)));
}

export function useCurveScene({ subject, selected, chosen, metric, bench }: Input) {
  const { studies, members, columns, best, keyOf } = subject;
  const palette = paletteOf(useDark());
  const objective = studies[0]?.objective ?? NOTHING;
  const maximize = objective.direction === "maximize";
  const studyNames = useMemo(() => studies.map(({ name }) => name), [studies]);
  const dashing = useGroupingBy(members, bench.dash, columns);
  const names = useMemo(() => namesOf(bench.names), [bench.names]);
  const grouping = useMemo(() => withNames(withDashes(groupsOf(members, bench.group, columns), dashing), names), [members, bench.group, columns, dashing, names]);
  const [across, down] = [useGroupingBy(members, bench.facet, columns), useGroupingBy(members, bench.row, columns)];
  const facetting = useMemo(() => facettingOf(across, down), [across, down]);
  const dashes = useMemo(() => (grouping.by === null && dashing ? dashesOf(dashing) : null), [grouping, dashing]);
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
    const alone = bench.alone ? new Set([selected, bench.baseline, ...bench.pins]) : null;
    return (trial: string) => hidden.has(grouping.of.get(trial)?.key ?? "") || hidden.has(trialMark(trial)) || (alone !== null && !alone.has(trial));
  }, [bench.hidden, bench.alone, bench.baseline, bench.pins, selected, grouping]);
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
  const zoom = bench.smoothing > 0 ? null : bench.zoomX;
  const main = useDetailedCurves(studyNames, ready ? wanted.main : null, runs, bench.axis, zoom);
  const beside = useDetailedCurves(studyNames, ready ? wanted.beside : null, runs, bench.axis, zoom);
  const loaded = useMemo(() => loadedParts(metric, main.data, beside.data), [metric, main.data, beside.data]);
  const { judged, isLoading } = useJudged({ subject, metric: wanted.main, curves: main.data, axis: bench.axis });

  const { axis, center, band, survivors } = bench;
  const how: Aggregation = { x: axis, center, band: band === "none" ? null : band, survivors, best_so_far: !bench.bestSoFar ? null : higherIsBetter ? "maximize" : "minimize" };
  const { banded, nLeftOut } = useMemo(() => firstGroups(bandedGroups(grouping, isShown, facetting.both)), [grouping, isShown, facetting]);
  const mainGroups = useDetailedGroups(studyNames, wanted.main, banded, how, zoom);
  const besideGroups = useDetailedGroups(studyNames, bench.train === "none" && !bench.apart ? null : wanted.beside, banded, how, zoom);
  const groups = useMemo(() => loadedParts(metric, mainGroups.data, besideGroups.data), [metric, mainGroups.data, besideGroups.data]);

  const { train, apart, members: beneath, smoothing, bestSoFar } = bench;
  const shape = useMemo(() => ({ axis, train, apart, members: beneath, smoothing, bestSoFar }), [axis, train, apart, beneath, smoothing, bestSoFar]);
  const lines = useMemo(
    () => compose(loaded, groups, { view: shape, grouping, keyOf, isShown, highlighted, higherIsBetter }),
    [loaded, groups, shape, grouping, keyOf, isShown, highlighted, higherIsBetter],
  );
  const [study] = studies;
  const rungs = useMemo(() => (study && studies.length === 1 ? rungsOf(study.definition, axis, extentX(lines) ?? [0, 0]) : []), [study, studies.length, axis, lines]);
  const context = useMemo(
    () => ({ members, grouping, best, selected, pins: bench.pins, baseline: bench.baseline, maximize, judged, higherIsBetter, coloring, dashes, rungs, palette }),
    [members, grouping, best, selected, bench.pins, bench.baseline, maximize, judged, higherIsBetter, coloring, dashes, rungs, palette],
  );
  const scene = useMemo(() => sceneOf(lines, context), [lines, context]);
  const facetsIn = useCallback(
    (seen: Context) => {
      const { charts, perRow } = facetsOf(lines, facetting, bench.apart);
      return { charts: charts.map((facet) => ({ ...facet, scene: sceneOf(facet.lines, seen, lines) })), perRow };
    },
    [lines, facetting, bench.apart],
  );
  const { charts, perRow } = useMemo(() => facetsIn(context), [facetsIn, context]);
  const { logX, scale, clip } = bench;
  const view = useMemo<View>(() => ({ axis, logX, scale, upward: higherIsBetter, clip, palette }), [axis, logX, scale, higherIsBetter, clip, palette]);
  const outside = useMemo(() => countOutside(lines, scale === "log", clip ? rangeY(scene, view, UNZOOMED) : EVERYWHERE), [lines, scale, clip, scene, view]);
  const shown = loaded.at(-1)?.data;
  const account = useMemo(
    () => accountOf({ members, curves: shown, axis, chosen, isHidden, asked: runs && new Set(runs) }),
    [members, shown, axis, chosen, isHidden, runs],
  );
  const drawn = members.length > 0 ? account.drawn : (shown?.series.length ?? 0);
  const ranked = members.length > 0 || done === 0;  // colors are ranks, which trials tell
  const pending = !ranked || main.isPlaceholderData || mainGroups.isPlaceholderData || (shown === undefined && main.isFetching) || mainGroups.isPending || main.isZooming || mainGroups.isZooming || isLoading;
  const error = main.error ?? beside.error ?? mainGroups.error ?? besideGroups.error;
  /** The charts in other colors than the screen's. */
  const inColors = (other: Palette) => {
    const colored = coloringIn(other);
    return { sheets: facetsIn({ ...context, palette: other, coloring: colored }), view: { ...view, palette: other }, coloring: colored };
  };
  return { view, scene, charts, perRow, inColors, grouping, dashing, names, coloring, palette, outside, account, drawn, bandless: nLeftOut, pending, error };
}
