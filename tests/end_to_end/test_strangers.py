"""Projects as people write them: they train, are pruned, go on where they were stopped, are tested and exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from tests.experiments.conftest import ScriptedReporter

PROJECTS = {
    "gan": ("val_distance", "minimize", "test_distance"),
    "momentum-contrast": ("val_neighbors", "maximize", "test_neighbors"),
    "random-rows": ("val_accuracy", "maximize", "test_accuracy"),
    "template": ("val/acc", "maximize", "test/acc"),
    "transformer": ("val/acc", "maximize", "test/acc"),
}
EPOCHS = 4


def config(name: str, **parts: Any) -> ExperimentConfig:
    metric, direction, _ = PROJECTS[name]
    base = {"monitor": {"metric": metric, "direction": direction}, "training": {"epochs": EPOCHS}, "seed": 3}
    return parse_config({**EXPERIMENTS[name].base(), **base, **parts})


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", PROJECTS)
def test_a_stopped_run_goes_on_bit_for_bit_and_is_tested_on_its_own_split(name: str, tmp_path: Path) -> None:
    service = ScriptedReporter(at_end=Decision.KEEP)
    expected = train(config(name), service, tmp_path / "service")
    first = ScriptedReporter(decisions={2: Decision.STOP})
    train(config(name), first, tmp_path / "first")
    torch.rand(7)
    second = ScriptedReporter(at_end=Decision.KEEP)
    result = train(config(name), second, tmp_path / "second", resume=first.checkpoints[0][0])

    assert first.rows() + second.rows() == service.rows()
    assert (result.metrics, result.metrics_epoch) == (expected.metrics, expected.metrics_epoch)
    kept, again = (torch.load(each.artifacts["best.ckpt"])["state_dict"] for each in (service, second))
    assert all(torch.equal(kept[key], again[key]) for key in kept)
    assert {"model.pt2", "best.ckpt"} <= second.artifacts.keys()
    tested = [evaluate(config(name), each.artifacts["best.ckpt"], "test").metrics for each in (service, second)]
    assert tested[0] == tested[1]
    assert tested[0].get("test_recalled", 0.0) == 0.0
