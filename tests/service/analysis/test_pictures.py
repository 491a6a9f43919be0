"""The data of pictures: how the best came about, trials over parallel axes, and two parameters together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest

from experiments.errors import InvalidInput
from service.analysis.insight.contour import contour
from service.analysis.insight.effects import effects
from service.analysis.insight.history import history
from service.analysis.insight.parallel import parallel
from service.study.states import RunState
from tests.support.analyzed import FLAT, STARTED, Planted, planted


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


@pytest.fixture
def both() -> Planted:
    """A study that goes by two objectives; the second is the rate's distance from 0.1 in another unit."""
    known = planted(FLAT, lambda drawn: float(drawn["optimizer.momentum.lr"]), 40)
    objectives = [{"metric": "val_loss"}, {"metric": "val_accuracy", "direction": "maximize"}]
    drawn = [replace(trial, objective_values=(trial.value, -100.0 * (trial.value or 0))) for trial in known.drawn]
    return Planted(replace(known.study, definition={**known.study.definition, "objective": objectives}), drawn)


def test_pictures_go_by_the_objective_that_is_asked_for_and_say_which(both: Planted) -> None:
    first, second = (history(both.rows, "st", objective=name) for name in (None, "val_accuracy"))
    assert first["objective"] == {"metric": "val_loss", "direction": "minimize"}
    assert second["objective"] == {"metric": "val_accuracy", "direction": "maximize"}
    assert [each["trial"] for each in first["items"]] == [each["trial"] for each in second["items"]]
    assert [each["value"] for each in second["items"]] == [-100 * each["value"] for each in first["items"]]
    lines = parallel(both.rows, "st", limit=10, objective="val_accuracy")
    assert (lines["objective"]["metric"], lines["value"]) == ("val_accuracy", sorted(lines["value"], reverse=True))
    notes = effects(both.rows, "st", objective="val_accuracy")["notes"]
    assert notes[-1] == "by val_accuracy, one of 2 objectives; `studyhall pareto planted` goes by all of them"
    with pytest.raises(InvalidInput, match="not judged by 'lr'; its objectives are val_loss, val_accuracy"):
        history(both.rows, "st", objective="lr")


def test_a_contour_has_the_median_of_the_trials_of_each_cell() -> None:
    known = planted(FLAT, lambda drawn: float(drawn["optimizer.momentum.lr"]), 60).changed(
        [7], state=RunState.PRUNED, value=None
    )
    answer = contour(known.rows, "st", parameters=["optimizer.momentum.lr", "activation"])
    across, up = answer["axes"]
    assert (across["log"], up["categorical"], len(across["levels"])) == (True, True, 4)
    assert [level["choice"] for level in up["levels"]] == ["relu", "silu", "tanh"]
    assert (answer["n"], sum(cell["n"] for cell in answer["cells"])) == (59, 59)
    assert sum(cell["n_beaten"] for cell in answer["cells"]) == 1
    for cell in answer["cells"]:
        rates, choice = across["levels"][cell["across"]], up["levels"][cell["up"]]["choice"]
        there = [
            trial.value
            for trial in known.drawn
            if trial.value is not None
            and trial.parameters["activation"] == choice
            and rates["low"] <= trial.parameters["optimizer.momentum.lr"] <= rates["high"]
        ]
        assert (cell["n"], cell["median"]) == (len(there), pytest.approx(median(there)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (["activation", "activation"], "give two different parameters"),
        (
            ["activation", "optimizer.rate"],
            "with 'optimizer.rate', or it cannot vary; there are activation, ",
        ),
    ],
)
def test_a_contour_is_of_two_parameters_that_vary(parameters: list[str], message: str) -> None:
    known = planted(FLAT, lambda _: 1.0, 10)
    with pytest.raises(InvalidInput, match=message):
        contour(known.rows, "st", parameters=parameters)
