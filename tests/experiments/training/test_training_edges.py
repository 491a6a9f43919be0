"""How a run is trained, at the bounds: the shortest run, batches of one and of everything, every precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.reporting import Decision
from experiments.train import train

TRAININGS: list[dict[str, Any]] = [
    {"epochs": 1},
    {"batch_size": 1},
    {"batch_size": 2},
    {"batch_size": 1_000_000},
    {"accumulate": 10_000},
    {"accumulate": 2, "batch_size": 100},
    {"precision": "bf16-mixed"},
    {"precision": "bf16-true"},
    {"lr_range_test": True, "lr_range_steps": 20},
    {"lr_range_test": True, "lr_range_steps": 21, "batch_size": 1_000_000},
]


@pytest.mark.parametrize("training", TRAININGS, ids=str)
def test_a_run_at_the_bounds_is_finite_and_goes_on_after_its_first_epoch(
    training: dict[str, Any], small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    config = small(training={"epochs": 2, "batch_size": 32, **training}, regularizers=["l2"])
    whole, first, second = reporter_class(), reporter_class(decisions={1: Decision.STOP}), reporter_class()
    result = train(config, whole, tmp_path / "whole")
    assert all(map(math.isfinite, result.metrics.values()))
    train(config, first, tmp_path / "first")
    if config.training.epochs > 1:
        train(config, second, tmp_path / "second", resume=first.checkpoints[-1][0])
    assert first.rows() + second.rows() == whole.rows()
