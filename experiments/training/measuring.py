"""What an epoch has measured: a point exists for a metric that was logged in that epoch, and for no other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

import pytorch_lightning as pl
from torch import Tensor

from experiments.errors import Diverged
from experiments.training.module import Network

TRAINING_LOSS = "train_loss"


class Measurements(Protocol):
    """Gathers what a module measures, epoch by epoch."""

    def start_epoch(self, trainer: pl.Trainer) -> None:
        """An epoch of training begins."""
        ...

    def after_batch(self, outputs: Any) -> None:
        """A training step gave these outputs."""
        ...

    def take(self, trainer: pl.Trainer) -> dict[str, float]:
        """The metrics of the epoch that ends, NaN and infinities too."""
        ...

    def training_loss(self, metrics: Mapping[str, float]) -> float | None:
        """The training loss of the epoch with these metrics; nothing if nobody knows it."""
        ...


def measurements_of(module: pl.LightningModule) -> Measurements:
    """How this module's metrics are had: a network of ours gathers them itself, a user's own module logs them."""
    return _Gathered(module) if isinstance(module, Network) else _Logged()


def refuse_divergence(loss: float | None, epoch: int) -> None:
    """End a run whose training loss is no number any more. Nothing else says that a run has diverged.

    Raises:
        Diverged: the loss is NaN or infinite.
    """
    if loss is not None and not math.isfinite(loss):
        raise Diverged(
            f"the training loss became {loss} in epoch {epoch}; lower the learning rate or clip the gradient"
        )


class _Gathered:
    def __init__(self, module: Network) -> None:
        self._module = module

    def start_epoch(self, trainer: pl.Trainer) -> None:
        """The tallies are empty already."""

    def after_batch(self, outputs: Any) -> None:
        """The module has counted it."""

    def take(self, trainer: pl.Trainer) -> dict[str, float]:
        """Loss and metrics of both splits."""
        measured: dict[str, float] = {}
        for split, tally in (("train", self._module.train_tally), ("val", self._module.val_tally)):
            measured |= {f"{split}_{name}": value for name, value in tally.summary(self._module.task).items()}
            tally.clear()
        return measured

    def training_loss(self, metrics: Mapping[str, float]) -> float | None:
        return metrics[TRAINING_LOSS]


class _Logged:
    def __init__(self) -> None:
        self._before: dict[str, Tensor] = {}
        self._loss: Tensor | None = None

    def start_epoch(self, trainer: pl.Trainer) -> None:
        """Remember what there is from former epochs: Lightning keeps a metric's last value until the next one comes."""
        self._before = dict(trainer.callback_metrics)
        self._loss = None

    def after_batch(self, outputs: Any) -> None:
        """Keep the loss of the last step; it is read when the epoch ends, because reading it waits for the device."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        self._loss = loss if isinstance(loss, Tensor) and loss.numel() == 1 else None

    def take(self, trainer: pl.Trainer) -> dict[str, float]:
        """What was logged since the epoch began: Lightning makes a new tensor for it, and leaves the others alone."""
        return {
            name: float(value)
            for name, value in trainer.callback_metrics.items()
            if value.numel() == 1 and value is not self._before.get(name)
        }

    def training_loss(self, metrics: Mapping[str, float]) -> float | None:
        """What the module logs under that name, otherwise what its last training step gave."""
        if TRAINING_LOSS in metrics:
            return metrics[TRAINING_LOSS]
        return None if self._loss is None else float(self._loss)
