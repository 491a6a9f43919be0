"""The preview of a schedule is its factor at steps of the run that is asked for."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from experiments.errors import InvalidInput
from experiments.schedules import SCHEDULES
from experiments.schedules.preview import NO_IMPROVEMENT, preview


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_the_points_are_the_factors_of_the_run(name: str) -> None:
    found = preview({"schedule": name, "epochs": 6, "steps_per_epoch": 10, "points": 60})
    assert [step for step, _ in found.points] == list(range(60))
    assert found.schedule == SCHEDULES.parse(name)
    if not found.schedule.adaptive:
        expected = [found.schedule.factor(step, 60, steps_per_epoch=10) for step in range(60)]
        assert [factor for _, factor in found.points] == expected


def test_fewer_points_than_steps_are_spread_from_the_first_to_the_last() -> None:
    found = preview({"schedule": "linear", "epochs": 100, "steps_per_epoch": 10, "points": 5})
    assert [step for step, _ in found.points] == [0, 250, 500, 749, 999]
    assert found.steps == 1000
    assert len(preview({"schedule": "linear", "epochs": 1, "steps_per_epoch": 1}).points) == 1


def test_per_epoch_the_curve_has_a_step_for_each_epoch() -> None:
    schedule = {"name": "cosine", "interval": "epoch"}
    found = preview({"schedule": schedule, "epochs": 4, "steps_per_epoch": 3, "points": 12})
    factors = [factor for _, factor in found.points]
    assert factors[0::3] == factors[1::3] == factors[2::3]
    assert len(set(factors)) == 4


def test_plateau_is_shown_for_a_metric_that_never_improves_or_for_the_one_given() -> None:
    run = {"schedule": {"name": "plateau", "patience": 1, "gamma": 0.5}, "epochs": 8, "steps_per_epoch": 1}
    assumed = preview(run)
    assert [factor for _, factor in assumed.points] == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]
    assert assumed.assumption == NO_IMPROVEMENT
    given = preview({**run, "history": [1.0, 0.8, 0.8, 0.8, 0.5]})
    assert [factor for _, factor in given.points] == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]
    assert given.assumption == ""


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({}, "schedule", "required"),
        ({"schedule": "cosinus"}, "schedule", "did you mean 'cosine'?"),
        ({"schedule": {"name": "cosine", "final": 2}}, "schedule.cosine.final", "less than or equal to 1"),
        ({"schedule": {"name": "step", "gama": 2}}, "schedule.step.gama", "did you mean 'gamma'?"),
        ({"schedule": 5}, "schedule", "the name of a schedule"),
        ({"schedule": "cosine", "epoch": 3}, "epoch", "did you mean 'epochs'?"),
        ({"schedule": "cosine", "points": 1}, "points", "greater than or equal to 2"),
        ({"schedule": "plateau", "history": [1.0, float("nan")]}, "history.1", "finite number"),
    ],
)
def test_what_is_wrong_is_named(document: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        preview(document)
    (problem,) = refused.value.problems
    assert problem.path == path or problem.path.startswith(f"{path}.")
    assert message in problem.message


def test_a_preview_loads_nothing_heavy() -> None:
    code = "import sys; from experiments.schedules.preview import preview; preview({'schedule': 'one_cycle'})"
    code += "; print(sorted({'torch', 'numpy', 'pytorch_lightning'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
