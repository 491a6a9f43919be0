"""Regularizers together, or with other fields than the defaults: a stopped run goes on as if it had not been stopped.

Each by itself, with its defaults, is resumed with the rest of the catalog.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.module import assemble

IMAGES: dict[str, Any] = {"data": "digits", "model": {"name": "cnn", "channels": [4]}, "batch_size": 300}
CASES: dict[str, dict[str, Any]] = {
    "images": {**IMAGES, "regularizers": ["augmentation", "cutmix", "spatial_dropout"]},
    "attack": {"regularizers": ["pgd", "dropout", "input_noise", "ema"], "normalization": "batch"},
    "average of epochs": {"regularizers": {"swa": {"start": 0.2}}, "normalization": "batch", "schedule": "cosine"},
    "stopping": {"regularizers": {"early_stopping": {"criterion": "PQ", "strip": 1, "alpha": 1e6}}},
}


@pytest.mark.parametrize("name", CASES)
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    name: str, tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    config = small(**{"epochs": 4, **CASES[name]})
    whole = reporter_class()
    expected = train(config, whole, tmp_path / "whole")
    first = reporter_class(decisions={2: Decision.STOP})
    train(config, first, tmp_path / "first")
    torch.rand(5)
    second = reporter_class()
    result = train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()
    assert (result.metrics, result.metrics_epoch) == (expected.metrics, expected.metrics_epoch)


def test_the_order_in_which_regularizers_are_written_changes_nothing(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    written: list[dict[str, Any]] = [{"mixup": {}, "input_noise": {}}, {"input_noise": {}, "mixup": {}}]
    curves = []
    for number, regularizers in enumerate(written):
        reporter = reporter_class()
        train(small(regularizers=regularizers), reporter, tmp_path / str(number))
        curves.append(reporter.rows())
    assert curves[0] == curves[1]


def test_a_state_is_saved_once_and_under_the_regularizer_that_has_it(small: Callable[..., ExperimentConfig]) -> None:
    module = assemble(small(regularizers=["adversarial_network", "dropout", "input_noise"]))
    assert list(module._objective.state_dict()) == ["adversarial_network"]
