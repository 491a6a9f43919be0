"""Traps of the libraries beneath, each with a test that would fail if we had fallen in.

Those of a single component stand with its laws: SAM's stale gradient, schedulers that set the rate when they are made,
sparse gradients, data sets that reseed the random number generators.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from experiments.component import Component
from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.module import assemble

Small = Callable[..., ExperimentConfig]


def test_rates_do_not_compound_over_epochs_or_resumes(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    """A factor applied to the present rate, not to the base rate, would be applied again in every epoch and attempt."""
    schedule = {"name": "step", "gamma": 0.1, "every": 0.25, "interval": "epoch"}
    config = small(epochs=8, batch_size=124, optimizer={"name": "sgd", "lr": 0.1}, schedule=schedule)
    first, second = reporter_class(decisions={4: Decision.STOP}), reporter_class()
    train(config, first, tmp_path / "first")
    train(config, second, tmp_path / "second", resume=first.checkpoints[-1][0])
    rates = first.curve("lr") + second.curve("lr")
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3, 1e-4, 1e-4])


@pytest.mark.parametrize(
    "parts",
    [{"optimizer": "muon", "model": {"name": "mlp", "hidden": [16, 16]}}, {"regularizers": ["adversarial_network"]}],
    ids=["muon", "adversarial_network"],
)
def test_lightning_sees_one_optimizer_so_clipping_and_accumulation_stay(
    parts: dict[str, Any], small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    """Lightning takes several optimizers only in manual mode, where it neither clips nor accumulates."""
    regularizers = [*parts.get("regularizers", []), "clip_norm"]
    config = small(epochs=2, **{**parts, "regularizers": regularizers})
    module = assemble(config)
    assert module.automatic_optimization
    assert isinstance(module.configure_optimizers(), torch.optim.Optimizer)
    assert train(config, reporter_class(), tmp_path).epochs == 2


def test_a_missing_library_is_named_with_the_extra_that_installs_it() -> None:
    class Absent(Component):
        target = "library_that_is_not_installed:Thing"
        extra = "postgres"
        name: Literal["absent"] = "absent"

    with pytest.raises(
        TrainingError, match=r"absent needs the library library_that_is_not_installed.*studyhall\[postg"
    ):
        Absent().build()
