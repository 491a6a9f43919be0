"""Projects as people write them: they train, are pruned, go on where they were stopped, are tested and exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from service.client import Studyhall
from tests.end_to_end import test_kinds
from tests.end_to_end.conftest import Serve
from tests.experiments.conftest import ScriptedReporter

PROJECTS = {
    "gan": ("val_distance", "minimize", "test_distance"),
    "momentum-contrast": ("val_neighbors", "maximize", "test_neighbors"),
    "random-rows": ("val_accuracy", "maximize", "test_accuracy"),
    "template": ("val/acc", "maximize", "test/acc"),
    "transformer": ("val/acc", "maximize", "test/acc"),
}
MODULES = [f"strangers.{name}" for name in ("adversarial", "contrast", "random_rows", "template", "transformer")]
EPOCHS = 4


def config(name: str, **parts: Any) -> ExperimentConfig:
    metric, direction, _ = PROJECTS[name]
    base = {"monitor": {"metric": metric, "direction": direction}, "training": {"epochs": EPOCHS}, "seed": 3}
    return ExperimentConfig.parse({**EXPERIMENTS[name].base(), **base, **parts})


@pytest.fixture(scope="module", autouse=True)
def registered(loaded: Callable[..., None]) -> None:
    loaded(*MODULES)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_stopped_run_goes_on_bit_for_bit_and_is_tested_on_its_own_split(name: str, tmp_path: Path) -> None:
    whole = ScriptedReporter(at_end=Decision.KEEP)
    expected = train(config(name), whole, tmp_path / "whole")
    first = ScriptedReporter(decisions={2: Decision.STOP})
    train(config(name), first, tmp_path / "first")
    torch.rand(7)
    second = ScriptedReporter(at_end=Decision.KEEP)
    result = train(config(name), second, tmp_path / "second", resume=first.checkpoints[0][0])

    assert first.rows() + second.rows() == whole.rows()
    assert (result.metrics, result.metrics_epoch) == (expected.metrics, expected.metrics_epoch)
    kept, again = (torch.load(each.artifacts["best.ckpt"])["state_dict"] for each in (whole, second))
    assert all(torch.equal(kept[key], again[key]) for key in kept)
    assert {"model.pt2", "best.ckpt"} <= second.artifacts.keys()
    tested = [evaluate(config(name), each.artifacts["best.ckpt"], "test").metrics for each in (whole, second)]
    assert tested[0] == tested[1]
    assert tested[0].get("test_recalled", 0.0) == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("name", PROJECTS)
def test_a_study_of_it_is_pruned_tested_and_leaves_a_model(name: str, hall: Studyhall, tmp_path: Path) -> None:
    metric, _, tested = PROJECTS[name]
    study = hall.wait(name)
    assert (study["state"], study["reason"]) == ("COMPLETED", "all 4 trials are done")
    assert {trial["state"] for trial in hall.trials(name)} == {"COMPLETED", "PRUNED"}
    assert metric in hall.best(name)["metrics"]
    result = study["test_result"]["metrics"]
    assert tested in result
    assert result.get("test_recalled", 0.0) == 0.0
    assert hall.best_model(name, tmp_path).stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    "test",
    [
        test_kinds.test_a_penalty_acts_once_a_batch_however_many_optimizers_step,
        test_kinds.test_a_plateau_of_the_module_s_own_sees_every_epoch,
    ],
    ids=["by hand", "own plateau"],
)
def test_kinds_of_modules_are_treated_alike_on_ray(test: Callable[[Studyhall], None], hall: Studyhall) -> None:
    test(hall)


@pytest.fixture(scope="module")
def hall(serve: Serve) -> Iterator[Studyhall]:
    """A service on Ray, which has a study of each."""
    with serve("kinds", *MODULES) as hall:
        for name, (metric, direction, _) in PROJECTS.items():
            hall.submit(
                {
                    "name": name,
                    "experiment": name,
                    "objective": {"metric": metric, "direction": direction},
                    "sampler": "random",
                    "pruner": {"name": "asha", "reduction_factor": 4},
                    "training": {"epochs": EPOCHS},
                    "max_trials": 4,
                    "seed": 5,
                }
            )
        for name in ("by-hand", "by-hand-decayed", "own-plateau"):
            test_kinds.submit(hall, name)
        yield hall
