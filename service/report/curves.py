"""Which runs a report draws together, and their curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from service.analysis.curves.curve_groups import Line, bounds_of, group_line, line_of, shared_x
from service.analysis.rows import Curve, Rows
from service.report.chart import Series, chart
from service.report.facts import Facts
from service.report.html import Markup, tag
from service.study.records import Trial

MOST_GROUPS = 6
MOST_POINTS = 100
RUNS_A_BATCH = 500
WITH = "with its 95 % interval (t)"
"""The band, which is that of the page unless its reader chooses another."""
N = "{n}"
"""Where a grouping's words say how many groups have a curve."""


@dataclass(frozen=True)
class Grouping:
    """Groups by their names, each with its runs; ``how`` says it in words."""

    how: str
    groups: Mapping[str, Sequence[str]]


@dataclass
class Measured:
    """The lines of a metric: over epochs, and over optimizer steps where an epoch has several points."""

    lines: dict[str, Line] = field(default_factory=dict)
    axis: str = "epoch"


def grouping(facts: Facts, by: str | None = None) -> Grouping:
    """The levels of a parameter; left out, the best trials if they have several runs, else those of a choice."""
    if facts.best and facts.replicates.n_runs > 1 and by is None:
        how = f"each of the best {N} trials: the mean over its {facts.unit}s, {WITH}"
        return Grouping(how, _by_trial(facts, facts.best))
    if path := by or next(iter(facts.choices()), None):
        levels: dict[str, list[str]] = defaultdict(list)
        for trial in facts.trials:
            if path in trial.parameters and not trial.excluded:
                levels[str(trial.parameters[path])] += _runs(facts, trial)
        largest = sorted(levels, key=lambda level: -len(levels[level]))[:MOST_GROUPS]
        of = f" of {len(levels)}" if len(levels) > MOST_GROUPS else ""
        how = f"{N}{of} levels of {path}: the mean over the runs of each, {WITH}"
        return Grouping(how, {level: levels[level] for level in largest})
    if facts.best:
        return Grouping(f"each of the best {N} trials", _by_trial(facts, facts.best))
    every = [run for trial in facts.trials for run in _runs(facts, trial)]
    return Grouping(f"all trials: the mean over their runs, {WITH}", {"all trials": every})


def curves(rows: Rows, facts: Facts, by: str | None = None) -> Iterator[Markup]:
    """A picture for each objective."""
    grouped = grouping(facts, by)
    for objective in facts.objectives:
        measured = _measured(rows, [run for runs in grouped.groups.values() for run in runs], objective.metric)
        series = _series(grouped, measured)
        if not series:
            yield tag("p", f"No curve of {objective.metric} is recorded.")
            continue
        how = grouped.how.replace(N, str(len(series)))
        ended = "A run counts as far as it came: below, n(x) says how many runs a point is of, and where pruning or "
        caption = f"{objective.metric}, {how}. {ended}failures left the better ones, the line is theirs."
        bounds = bounds_of(objective.metric, [each.line for each in series])
        if bounds is not None:
            caption += " A band is drawn up to 0 and 1, beyond which there is no such value; the numbers are whole."
        name, may_be_log = objective.metric, objective.direction == "minimize"
        picture = chart(series, measured.axis, name, may_be_log=may_be_log, bounds=bounds)
        yield tag("figure", picture, tag("figcaption", caption))


def _by_trial(facts: Facts, trials: Sequence[Trial]) -> dict[str, list[str]]:
    return {f"trial {trial.number}": _runs(facts, trial) for trial in trials[:MOST_GROUPS]}


def _runs(facts: Facts, trial: Trial) -> list[str]:
    return [run.id for run in facts.runs.get(trial.id, ())]


def _measured(rows: Rows, run_ids: Sequence[str], metric: str) -> Measured:
    found = [
        (curve, curve.metric(metric))
        for start in range(0, len(run_ids), RUNS_A_BATCH)
        for curve in rows.curves.of(run_ids=run_ids[start : start + RUNS_A_BATCH], metrics=[metric])
    ]
    measured = Measured()
    known = [(curve, values.filled(np.nan), ~np.ma.getmaskarray(values)) for curve, values in found]
    if any(_has_several_an_epoch(curve, there) for curve, _, there in known):
        measured.axis = "step"
    for curve, y, there in known:
        x = curve.step if measured.axis == "step" else curve.epoch
        if np.isfinite(y[there]).any():
            measured.lines[curve.run_id] = line_of(curve.run_id, x[there], y[there])
    return measured


def _has_several_an_epoch(curve: Curve, there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> bool:
    epochs = curve.epoch[there]
    return len(np.unique(epochs)) < len(epochs)


def _series(grouped: Grouping, measured: Measured) -> list[Series]:
    lines = {
        name: [measured.lines[run] for run in runs if run in measured.lines] for name, runs in grouped.groups.items()
    }
    x = shared_x([line for group in lines.values() for line in group], MOST_POINTS, continuous=False)
    drawn = {
        name: (group_line(group, x, "mean", "ci95", carry=False), len(group)) for name, group in lines.items() if group
    }
    # Of many x some are left out, and a run that was measured at those alone stands nowhere.
    return [Series(name, line, n_runs) for name, (line, n_runs) in drawn.items() if len(line.x)]
