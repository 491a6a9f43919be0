"""The learning-rate range test (Smith, 2017, arXiv:1506.01186, section 3.3): a short trial in which the rate rises.

The rate rises exponentially from ``LOWEST`` to ``HIGHEST`` over the trial's steps. The rate at which the loss falls
most steeply, per factor of the rate, becomes the base rate of the training. It is used and not only reported, because
a field of a config that changed nothing would be of no use to a search; the curve is kept as an artifact, so whoever
wants only to look can do so. The trial has a module and data of its own, made from the same seed, and the training is
seeded anew after it: it is the training of a config that names the found rate, bit for bit.

Where an optimizer has a partner with a rate of its own, as Muon has AdamW, the partner keeps that rate, as it will in
the training. It lets the loss fall whatever the rate that is looked for, so the loss is compared with that of a second
trial, in which the rate stays at ``LOWEST``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytorch_lightning as pl
import torch

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.optimizers._beyond_step import beyond_step
from experiments.regularizers.roles import RateOverride
from experiments.reporting import Reporter
from experiments.schedules import Schedule
from experiments.training.accumulation import n_examples
from experiments.training.files.checkpoints import write_atomically
from experiments.training.lightning import Hooks
from experiments.training.optimizer_step import OptimizerStep, switch
from experiments.training.setup import prepare
from experiments.training.trainer import controlled_trainer, quiet

ARTIFACT = "lr_range_test.json"
LOWEST, HIGHEST = 1e-7, 10.0
EXPLODED = 0.5
"""The share of the first loss by which it rises above the first one where rates are too high to train with."""
FALLEN = 0.01
"""The share of the first loss that it must fall by: less is noise, or the rounding of floats."""
_TINY = 1e-12


def find_base_rate(config: ExperimentConfig, reporter: Reporter, directory: Path) -> tuple[ExperimentConfig, Path]:
    """The config with the rate that the trial suggests (its own if there is none), and the file with the curve."""
    assert config.optimizer  # noqa: S101 - ``conflicts`` has seen to it
    trial = _run(config, reporter)
    partner = _run(config, reporter, highest=LOWEST) if trial.partnered and not trial.stopped else None
    smooth = smoothed(trial.losses)
    curve = smooth if partner is None else relative(smooth, smoothed(partner.losses))
    stopped = trial.stopped or (partner is not None and partner.stopped)
    suggested = None if stopped else steepest(trial.rates[: len(curve)], curve)
    content = {
        "suggested": suggested,
        "configured": config.optimizer.lr,
        "rates": trial.rates,
        "losses": trial.losses,
        "smoothed": smooth,
        **({} if partner is None else {"losses_at_lowest": partner.losses, "relative": curve}),
    }
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    file = write_atomically(directory / ARTIFACT, lambda path: path.write_text(text, encoding="utf-8"))
    if suggested is None:
        reporter.log(f"the range test found no rate at which the loss falls; the base rate is {config.optimizer.lr:g}")
        return config, file
    reporter.log(f"the range test suggests the base rate {suggested:.3g}, which replaces {config.optimizer.lr:g}")
    return _with_rate(config, suggested), file


def smoothed(losses: Sequence[float]) -> list[float]:
    """Twice the mean over a window around each step, a tenth of the trial wide.

    Unlike a running mean it does not lag, and its slope is the difference of the means on both sides of a step: the
    noise of single batches does not decide it.
    """
    return _mean_around(_mean_around(losses, len(losses) // 20), len(losses) // 20)


def _mean_around(values: Sequence[float], reach: int) -> list[float]:
    return [float(np.mean(values[max(0, step - reach) : step + reach + 1])) for step in range(len(values))]


def steepest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """The rate at which the loss falls most per logarithm of the rate, before it is least; None if it never falls.

    What comes after the loss has exploded does not count: it may well fall steeply from there.
    """
    if len(losses) < 2:
        return None
    curve, scale = np.asarray(losses), abs(losses[0])
    exploded = np.flatnonzero(curve > losses[0] + EXPLODED * scale)
    least = int(curve[: exploded[0] if len(exploded) else None].argmin())
    if losses[0] - losses[least] <= FALLEN * scale:
        return None
    return float(rates[int(np.gradient(curve, np.log(rates))[: least + 1].argmin())])


def relative(losses: Sequence[float], others: Sequence[float]) -> list[float]:
    """By which share of the others' size losses are above theirs, plus 1: their ratio where the others are positive."""
    return [1 + (loss - other) / max(abs(other), _TINY) for loss, other in zip(losses, others, strict=False)]


class _Ramp(Schedule):
    """From ``LOWEST`` to the base rate, as a factor of that."""

    name: Literal["ramp"] = "ramp"
    highest: float

    def at(self, progress: float, history: Sequence[float]) -> float:
        return float((LOWEST / self.highest) ** (1 - progress))


class _Ramping(OptimizerStep):
    """Leaves the rate of a partner as it is."""

    def _set_rate(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        partners = [(group, group["lr"]) for group in optimizer.param_groups if group.get("partner")]
        super()._set_rate(step, optimizer)
        for group, rate in partners:
            group["lr"] = rate


class _Over(Exception):
    """The trial has seen enough."""


class _Trial(Hooks):
    """Sets the rate of each step, and notes it with the loss."""

    def __init__(self, config: ExperimentConfig, reporter: Reporter, highest: float) -> None:
        self.optimizer_step = _Ramping(_ramped(config, highest), [])
        self.partnered = False
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.stopped = False
        self._accumulate = config.training.accumulate
        self._reporter = reporter
        self._of_step: list[tuple[float, int]] = []
        self._probed: float | None = None

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.optimizer_step.start(trainer, pl_module)
        groups = [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
        self.partnered = any(group.get("partner") for group in groups)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        switch(trainer.optimizers, training=True)

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: torch.Tensor) -> None:
        """Note the loss at the weights of an optimizer that evaluates a batch there first and elsewhere afterward."""
        if any(beyond_step(optimizer).probing for optimizer in trainer.optimizers):
            self._probed = float(loss.detach())

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        self.optimizer_step.before_step(trainer.global_step, optimizer)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.optimizer_step.after_batch()
        if not isinstance(outputs, dict) or "loss" not in outputs:
            raise TrainingError("the range test needs the loss of each training step, which this module does not give")
        loss = float(outputs["loss"]) if self._probed is None else self._probed
        self._of_step.append((loss * self._accumulate, n_examples(batch)))  # Lightning has divided it
        self.stopped = self._reporter.stop_requested() is not None
        if trainer.global_step > len(self.losses):
            losses, sizes = zip(*self._of_step, strict=True)
            self._note(float(np.average(losses, weights=sizes)))
        if self.stopped:
            raise _Over

    def _note(self, loss: float) -> None:
        """Keep the loss of a finished step, which is that before the step, with the step's rate."""
        if not math.isfinite(loss):
            raise _Over
        self.rates.append(self.optimizer_step.lr)
        self.losses.append(loss)
        self._of_step = []


def _run(config: ExperimentConfig, reporter: Reporter, highest: float = HIGHEST) -> _Trial:
    trial = _Trial(config, reporter, highest)
    seeding.seed(config.seed)
    setup, steps = prepare(config), config.training.lr_range_steps
    with quiet():
        trainer = controlled_trainer(
            setup.module,
            config.training,
            trial,
            max_epochs=-1,
            min_steps=steps,
            max_steps=steps,
            limit_val_batches=int(config.model.from_plugin),  # callbacks of a user's may ask for what it logs
            enable_checkpointing=False,
        )
        with suppress(_Over):
            trainer.fit(setup.module, **setup.loaders())
    return trial


def _ramped(config: ExperimentConfig, highest: float) -> ExperimentConfig:
    """The config of the trial: without what would set the rate in the schedule's place."""
    kept = {name: one for name, one in config.regularizers.items() if not isinstance(one, RateOverride)}
    return replace(_with_rate(config, highest), schedule=_Ramp(highest=highest), regularizers=kept)


def _with_rate(config: ExperimentConfig, rate: float) -> ExperimentConfig:
    assert config.optimizer  # noqa: S101 - ``conflicts`` has seen to it
    return replace(config, optimizer=config.optimizer.model_copy(update={"lr": rate}))
