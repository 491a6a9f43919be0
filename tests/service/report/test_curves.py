"""What a report draws together, beside what numpy and scipy make of the same runs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats

from service.analysis.curves.curve_groups import GroupLine, bounds_of
from service.analysis.rows import Rows
from service.report.chart import Series, chart
from service.report.curves import curves, grouping
from service.report.facts import Facts
from service.storage.curves.format import Curve
from service.study.definitions.objectives import objectives_of
from service.study.definitions.parts import Replicates
from tests.support.analyzed import FLAT, planted
from tests.support.rows import waiting_run

VALUES = [[0.9, 0.5, 0.4], [0.8, 0.6, 0.1], [0.7, 0.4]]


def facts_of(n_trials: int, n_runs: int = 1, space: dict[str, Any] = FLAT) -> Facts:
    made = planted(space, lambda parameters: 1.0, n_trials)
    runs = {trial.id: [waiting_run(trial, i) for i in range(n_runs)] for trial in made.drawn}
    objectives = objectives_of(made.study.definition)
    return Facts(made.study, objectives, Replicates(seeds=n_runs), made.drawn, runs, made.drawn)


def rows_of(facts: Facts, values: Sequence[Sequence[float]], points_an_epoch: int = 1) -> Rows:
    """The curves of the runs, in their order."""
    runs = [run for trial in facts.trials for run in facts.runs[trial.id]]
    found = {run.id: _curve(run.id, y, points_an_epoch) for run, y in zip(runs, values, strict=False)}

    def of(*, run_ids: Sequence[str], metrics: Sequence[str]) -> list[Curve]:
        assert metrics == ["val_loss"]
        return [found[run_id] for run_id in run_ids if run_id in found]

    return cast(Rows, SimpleNamespace(curves=SimpleNamespace(of=of)))


def _curve(run_id: str, y: Sequence[float], points_an_epoch: int) -> Curve:
    steps = np.arange(1, len(y) + 1)
    times, whole = np.zeros(len(y)), np.ones(len(y), np.int64)
    epochs = (steps - 1) // points_an_epoch + 1
    return Curve(run_id, 10 * steps, epochs, whole, times, times, {"val_loss": np.array(y)})


def numbers(html: str) -> list[list[str]]:
    """The rows of the first table that are no headings."""
    return [re.findall(r"<td[^>]*>(?:<data[^>]*>)?([^<]*)", row) for row in html.split("</tr>")[1:-1]]


def test_the_runs_of_a_trial_are_a_mean_with_its_interval_and_their_number() -> None:
    facts = facts_of(1, 3)

    (figure,) = curves(rows_of(facts, VALUES), facts)

    for row, column in zip(numbers(figure), [[0.9, 0.8, 0.7], [0.5, 0.6, 0.4], [0.4, 0.1]], strict=True):
        half = stats.t.ppf(0.975, len(column) - 1) * stats.sem(column)
        mean = float(np.mean(column))
        assert int(row[2]) == len(column)
        assert [float(each) for each in row[3:]] == pytest.approx([mean, mean - half, mean + half], rel=1e-5)
    assert "the mean over its seeds, with its 95 % interval (t)" in figure
    assert figure.count('class="band g0"') == 1


def test_trials_of_one_run_each_are_grouped_by_the_first_choice() -> None:
    facts = facts_of(12)
    levels: dict[str, list[str]] = {}
    for trial in facts.trials:
        levels.setdefault(trial.parameters["activation"], []).append(facts.runs[trial.id][0].id)

    found = grouping(facts)

    assert {name: [*runs] for name, runs in found.groups.items()} == levels
    assert "the mean over the runs of each, with its 95 % interval (t)" in found.how
    values = {run.id: [0.1 + 0.1 * number] for number, (run,) in enumerate(facts.runs.values())}
    (figure,) = curves(rows_of(facts, [*values.values()]), facts)
    for name, _, n, middle, *_ in numbers(figure):
        column = [values[run_id][0] for run_id in levels[name]]
        assert (int(n), float(middle)) == (len(column), pytest.approx(np.mean(column), rel=1e-5))


def test_a_band_of_shares_is_drawn_up_to_one_and_its_numbers_are_whole() -> None:
    line = GroupLine(*np.array([[1.0, 2.0], [2, 2], [0, 0], [0.5, 0.95], [0.4, 0.7], [1.0, 1.2]]))
    bounds = bounds_of("val_accuracy", [line])
    assert bounds == (0.0, 1.0)

    cut = chart([Series("adam", line, 2)], "epoch", "val_accuracy", may_be_log=False, bounds=bounds)

    band = re.search(r'd="M([^"]+)Z" class="band g0"', cut)
    assert band is not None
    first, second = [float(corner.split(" ")[1]) for corner in band[1].split("L")][2:]
    assert first == second  # that is, the edge at 1
    assert numbers(cut)[1][-1] == "1.2"
    assert bounds_of("val_accuracy", [replace(line, mid=100 * line.mid)]) is None
    assert bounds_of("val_loss", [line]) is None


def test_without_a_choice_each_of_the_best_trials_is_drawn() -> None:
    assert [*grouping(facts_of(9, space={"optimizer": FLAT["optimizer"]})).groups] == [f"trial {n}" for n in range(6)]


def test_curves_with_several_points_an_epoch_are_drawn_over_steps() -> None:
    facts = facts_of(1, 2)
    (figure,) = curves(rows_of(facts, [[0.9, math.nan, 0.3], [0.7, 0.5, 0.2]], points_an_epoch=2), facts)
    assert '<th scope="col">step</th>' in figure
    assert [(row[1], row[2]) for row in numbers(figure)] == [("10", "2"), ("20", "1"), ("30", "2")]
