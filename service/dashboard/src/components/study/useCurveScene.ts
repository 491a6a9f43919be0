/** The data behind the chart: curves and bands of the chosen metric, their colors, and what has to be said about them. */

import { useMemo } from "react";
import type { Aggregation } from "../../api/curves";
import type { Curves, StudyView, Trial } from "../../api/types";
import { colorBy, colorGroups } from "../../charts/coloring";
import { paletteOf } from "../../charts/colors";
import type { View } from "../../charts/plot";
import { sceneOf } from "../../charts/scene";
import { accountOf } from "../../curves/account";
import { bandedGroups, firstGroups } from "../../curves/bands";
import { compose } from "../../curves/composition";
import { MAX_RUNS, chosenRuns } from "../../curves/crowd";
import { facetsOf } from "../../curves/facets";
import type { Member } from "../../curves/groups";
import { groupsOf } from "../../curves/groups";
import { trialKey } from "../../curves/lines";
import type { MetricGroup } from "../../curves/metrics";
import { loadedParts, metricsOf } from "../../curves/metrics";
import { countOutside } from "../../curves/ranges";
import type { Column } from "../../format/columns";
import type { BenchView } from "../../state/bench";
import { useCurveGroups, useCurves } from "../../state/queries";
import { useDark } from "../../state/theme";
import { bestOf } from "../trials/summaries";

export interface Input {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  readonly selected: number | null;
  readonly matching: ReadonlySet<number> | null;
  readonly metric: MetricGroup;
  readonly bench: BenchView;
}

const keyOf = ({ trial }: Curves["series"][number]) => trialKey(trial);

export function useCurveScene({ study, trials, columns, selected: number, matching, metric, bench }: Input) {
  const palette = paletteOf(useDark());
  const maximize = study.objective.direction === "maximize";
  const selected = number === null ? null : trialKey(number);
  const best = study.best ? trialKey(study.best.trial) : null;
  const members = useMemo<Member[]>(() => trials.map((trial) => ({ key: trialKey(trial.number), study: study.name, trial })), [trials, study.name]);
  const grouping = useMemo(() => groupsOf(members, bench.group, columns), [members, bench.group, columns]);
  const facetting = useMemo(() => (columns.some(({ key }) => key === bench.facet) ? groupsOf(members, bench.facet, columns) : null), [members, bench.facet, columns]);
  const coloring = useMemo(() => {
    if (grouping.by !== null) return colorGroups(grouping, palette);
    const column = columns.find(({ key }) => key === bench.color);
    return column ? colorBy(members, column, palette) : null;
  }, [grouping, members, columns, bench.color, palette]);

  const highlighted = useMemo(
    () => new Set([best, selected, bench.baseline, ...bench.pins].filter((key) => key !== null)),
    [best, selected, bench.baseline, bench.pins],
  );
  const isHidden = useMemo(() => {
    const hidden = new Set(bench.hidden);
    return (trial: string) => hidden.has(grouping.of.get(trial)?.key ?? "");
  }, [bench.hidden, grouping]);
  const chosen = useMemo(() => matching && new Set(Array.from(matching, (trial) => trialKey(trial))), [matching]);
  const isShown = useMemo(() => (trial: string) => !isHidden(trial) && (chosen === null || chosen.has(trial)), [isHidden, chosen]);
  const runs = useMemo(
    () => chosenRuns(chosen ? members.filter(({ key }) => chosen.has(key)) : members, maximize, highlighted),
    [members, chosen, maximize, highlighted],
  );

  // Until the trials of a large study are here, nobody knows which of its curves to ask for.
  const ready = trials.length > 0 || study.progress.done <= MAX_RUNS;
  const wanted = metricsOf(metric);
  const higherIsBetter = bestOf(wanted.main ?? study.objective.metric, study.objective) === "high";
  const whole = bench.smoothing > 0;
  const main = useCurves(study.name, ready ? wanted.main : null, runs, bench.axis, whole);
  const beside = useCurves(study.name, ready ? wanted.beside : null, runs, bench.axis, whole);
  const loaded = useMemo(() => loadedParts(metric, main.data, beside.data), [metric, main.data, beside.data]);

  const { axis, center, band, survivors } = bench;
  const how: Aggregation = { x: axis, center, band: band === "none" ? null : band, survivors, best_so_far: !bench.bestSoFar ? null : higherIsBetter ? "maximize" : "minimize" };
  const { banded, nLeftOut } = useMemo(() => firstGroups(bandedGroups(grouping, isShown, facetting)), [grouping, isShown, facetting]);
  const mainGroups = useCurveGroups(study.name, wanted.main, banded, how);
  const besideGroups = useCurveGroups(study.name, bench.train === "none" && !bench.apart ? null : wanted.beside, banded, how);
  const groups = useMemo(() => loadedParts(metric, mainGroups.data, besideGroups.data), [metric, mainGroups.data, besideGroups.data]);

  const lines = useMemo(
    () => compose(loaded, groups, { view: bench, grouping, keyOf, isShown, highlighted, higherIsBetter }),
    [loaded, groups, bench, grouping, isShown, highlighted, higherIsBetter],
  );
  const context = useMemo(
    () => ({ members, grouping, best, selected, pins: bench.pins, baseline: bench.baseline, maximize, higherIsBetter, coloring, palette }),
    [members, grouping, best, selected, bench.pins, bench.baseline, maximize, higherIsBetter, coloring, palette],
  );
  const scene = useMemo(() => sceneOf(lines, context), [lines, context]);
  const facets = useMemo(
    () => facetsOf(lines, facetting, bench.apart).map((facet) => ({ ...facet, scene: sceneOf(facet.lines, context, lines) })),
    [lines, facetting, bench.apart, context],
  );
  const { logX, scale, clip } = bench;
  const view = useMemo<View>(() => ({ axis, logX, log: scale === "log", clip, palette }), [axis, logX, scale, clip, palette]);
  const outside = useMemo(() => countOutside(lines, scale === "log", clip, scene.focus), [lines, scale, clip, scene.focus]);
  const shown = loaded.at(-1)?.data;
  const account = useMemo(
    () => accountOf({ members, curves: shown, chosen, isHidden, asked: runs && new Set(runs) }),
    [members, shown, chosen, isHidden, runs],
  );
  const drawn = members.length > 0 ? account.drawn : (shown?.series.length ?? 0);
  const ranked = trials.length > 0 || study.progress.done === 0;  // colors are ranks, which trials tell
  const pending = !ranked || main.isPlaceholderData || mainGroups.isPlaceholderData || (shown === undefined && main.isFetching) || mainGroups.isPending;
  const error = main.error ?? beside.error ?? mainGroups.error ?? besideGroups.error;
  return { view, scene, facets, grouping, coloring, palette, best, outside, account, drawn, bandless: nLeftOut, pending, error };
}
