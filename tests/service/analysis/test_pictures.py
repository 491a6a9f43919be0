"""The data of two pictures: how the best came about, and trials over parallel axes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.analysis.insight.history import history
from service.analysis.insight.parallel import parallel
from service.study.states import RunState
from tests.support.analyzed import FLAT, STARTED, planted


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_best_came_about_by_trials_that_were_strictly_better(direction: str) -> None:
    values, sign = iter([3.0, 4.0, 2.0, 2.0, 1.0, 0.5]), 1.0 if direction == "minimize" else -1.0
    known = planted(FLAT, lambda _: sign * next(values), 6, direction=direction)
    late = known.changed([0], ended_at=STARTED + timedelta(minutes=2, seconds=30)).changed([5], excluded=True)
    answer = history(late.rows, known.study.id)
    assert [(each["trial"], sign * each["value"], each["n_completed"]) for each in answer["items"]] == [
        (1, 4.0, 1),
        (0, 3.0, 2),
        (2, 2.0, 3),
        (4, 1.0, 5),
    ]
    assert [each["seconds"] for each in answer["items"]] == [120.0, 150.0, 180.0, 300.0]
    assert answer["trials"]["excluded"] == 1


def test_parallel_axes_have_the_best_first_and_a_null_where_a_condition_did_not_hold() -> None:
    space = {
        "optimizer": {"choice": [{"name": "sgd", "lr": {"log_uniform": [0.1, 1.0]}}, {"name": "adamw", "lr": 0.1}]}
    }
    known = planted(space, lambda drawn: drawn.get("optimizer.sgd.lr", 2.0), 30)
    pruned = known.changed([3, 4], state=RunState.PRUNED, value=None).changed([5], state=RunState.RUNNING, value=None)
    answer = parallel(pruned.rows, known.study.id, limit=28)
    assert answer["axes"] == [
        {"parameter": "optimizer", "choices": ("sgd", "adamw"), "low": None, "high": None, "log": False},
        {"parameter": "optimizer.sgd.lr", "choices": None, "low": 0.1, "high": 1.0, "log": True},
    ]
    values = answer["value"][:27]
    assert values == sorted(values)
    assert (answer["state"][27], answer["value"][27], answer["n_left_out"]) == (RunState.PRUNED, None, 1)
    by_number = {trial.number: trial.parameters for trial in known.drawn}
    for place, number in enumerate(answer["trial"]):
        drawn = {path: column[place] for path, column in answer["columns"].items()}
        assert drawn == {"optimizer.sgd.lr": None, **by_number[number]}
