"""Optimizers with a state that torch's have not go on from a checkpoint with the same weights, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.reporting import Decision
from experiments.train import train

OWN_STATE = ["muon", "prodigy", "sam", "schedule_free_adamw", "sophia", "shampoo", "soap", "hypergradient", "learned"]


@pytest.mark.parametrize("name", OWN_STATE)
def test_a_resumed_run_has_the_same_curve_and_weights(
    name: str, small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    config = small(
        epochs=4,
        model={"name": "mlp", "hidden": [8, 8]},
        optimizer=name,
        monitor={"metric": "train_loss", "direction": "minimize"},
    )
    whole, first, second = (
        reporter_class(decisions=decisions, at_end=Decision.KEEP) for decisions in ({}, {2: Decision.STOP}, {})
    )
    train(config, whole, tmp_path / "whole")
    train(config, first, tmp_path / "first")
    torch.rand(11)
    train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()
    kept, expected = (torch.load(reporter.artifacts["best.ckpt"])["state_dict"] for reporter in (second, whole))
    assert all(torch.equal(kept[weight], expected[weight]) for weight in expected)
