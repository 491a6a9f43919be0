"""A run of a user's own module that is stopped and goes on, after each epoch, is the run that never was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.training.lr_finder import find_base_rate
from tests.support.training import resuming as resuming_kit
from tests.support.training.fitting import fitted
from tests.support.training.registering import registered

EPOCHS = 3


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The modules are registered."""
    with registered(resuming_kit.__name__):
        yield


def config(name: str, **parts: Any) -> ExperimentConfig:
    """A run of a few epochs."""
    training = {"epochs": EPOCHS, **parts.pop("training", {})}
    monitor = {"metric": "train_loss"} if name.endswith("unjudged") else {}
    return parse_config({**EXPERIMENTS[name].base(), "training": training, "monitor": monitor, **parts})


def same(weights: dict[str, torch.Tensor], others: dict[str, torch.Tensor]) -> bool:
    """Whether all of them are equal, bit by bit."""
    return weights.keys() == others.keys() and all(torch.equal(others[name], one) for name, one in weights.items())


def require_equal(chosen: ExperimentConfig, tmp_path: Path, reporter_class: Any) -> None:
    """Train it unbroken, and in as many attempts as it has epochs."""
    whole = reporter_class()
    expected, noted = fitted(chosen, tmp_path / "whole", whole)
    rows, resume = [], None
    for epoch in range(1, EPOCHS + 1):
        part = reporter_class(decisions={epoch: Decision.STOP} if epoch < EPOCHS else {})
        setup, progress = fitted(chosen, tmp_path / f"part-{epoch}", part, resume)
        rows += part.rows()
        resume = part.checkpoints[-1][0] if part.checkpoints else None
    assert rows == whole.rows()
    assert same(setup.module.state_dict(), expected.module.state_dict())
    assert same(progress.judged_weights, noted.judged_weights)


@pytest.mark.parametrize("name", resuming_kit.RESUMING)
def test_it_is_the_unbroken_run(name: str, tmp_path: Path, reporter_class: Any) -> None:
    require_equal(config(name), tmp_path, reporter_class)


@pytest.mark.parametrize(
    "parts",
    [
        {"training": {"accumulate": 3}},
        {"optimizer": {"name": "momentum", "lr": 0.02}, "schedule": "one_cycle", "regularizers": ["ema", "l2"]},
    ],
    ids=["accumulated", "scheduled"],
)
def test_it_is_so_under_what_a_study_adds(parts: dict[str, Any], tmp_path: Path, reporter_class: Any) -> None:
    require_equal(config("plateau-on-lines", **parts), tmp_path, reporter_class)


def test_a_group_that_joins_as_a_resumed_epoch_begins_keeps_its_share_of_the_rate(
    tmp_path: Path, reporter_class: Any
) -> None:
    optimizer = {"optimizer": {"name": "momentum", "lr": 0.02}, "schedule": "linear"}
    require_equal(config("thawedlater-on-lines", **optimizer), tmp_path, reporter_class)


def test_a_callback_that_watches_the_validation_does_so_in_the_range_test_too(
    tmp_path: Path, reporter_class: Any
) -> None:
    """It would end a training after two epochs, and not the trial, which has its steps."""
    training = {"lr_range_test": True, "lr_range_steps": 20}
    chosen = config("endsitself-on-lines", optimizer="sgd", training=training)
    _, curve = find_base_rate(chosen, reporter_class(), tmp_path)
    assert len(json.loads(curve.read_text())["rates"]) == 20
