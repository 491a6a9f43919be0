"""The callback of every run: it shapes each step, reports each epoch and keeps what must be kept."""

from __future__ import annotations

import math
import time
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint
from torch import Tensor

from experiments import _randomness
from experiments.averaging import Averaging
from experiments.checkpoints import ResumeCheckpoints, Stopwatch
from experiments.config import ExperimentConfig
from experiments.errors import Diverged, TrainingError
from experiments.module import Network
from experiments.reporting import Decision, Report, Reporter
from experiments.stepping import Stepping, switch


class Stopped(Exception):
    """The run was asked to end in the middle of an epoch."""


class Progress(Checkpoint):
    """Reports every epoch, remembers the best one, obeys decisions and saves what a resumed run needs.

    It is one of Lightning's checkpoint callbacks because those run last, after a user's own module has logged.

    Checkpoints hold the state at the end of an epoch. One is kept in memory, from time to time, so that a run which is
    stopped in the middle of an epoch can still leave its newest one.
    """

    def __init__(self, config: ExperimentConfig, reporter: Reporter, checkpoints: ResumeCheckpoints) -> None:
        self.history: list[float] = []
        self.losses: list[float] = []
        self.stepping = Stepping(config, self.history)
        self.averaging = Averaging(config.regularizers.values())
        self.metrics: dict[str, float] = {}
        self.best: dict[str, float] = {}
        self.best_epoch = 0
        self.best_weights: dict[str, Tensor] = {}
        self.epochs = 0
        self.steps = 0
        self.ended = Decision.CONTINUE
        self.reason = ""
        self._config = config
        self._reporter = reporter
        self._checkpoints = checkpoints
        self._clock = Stopwatch()
        self._saved_randomness: dict[str, Any] | None = None
        self._over = ""
        """Why a regularizer ends the training, whatever the reporter says."""

    def stop_clock(self) -> None:
        """The training is over."""
        self._clock.stop()

    @property
    def training_time(self) -> float:
        """Seconds spent in training so far, in all attempts that this one continues, without waiting for decisions."""
        return self._clock.read()

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock; a resumed run draws its random numbers where the checkpoint left them, if it goes on."""
        trainer.should_stop = bool(self._over)
        if self._saved_randomness is not None:
            _randomness.restore(self._saved_randomness)
        self.stepping.start(trainer, pl_module)  # asks for the training data, whose loader may draw random numbers
        self._clock.start()
        self._checkpoints.start()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Weights are trained from here on."""
        switch(trainer.optimizers, training=True)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        """The optimizer's step is next."""
        self.stepping.before_step(trainer.global_step, optimizer)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Leave at once when somebody asked for it."""
        if self.stepping.after_batch():
            self.averaging.after_step(pl_module, self.stepping.done(trainer.global_step))
        if self._reporter.stop_requested() is not None:
            self.ended, self.reason = Decision.STOP, "stopped as asked"
            self._checkpoints.flush(self._reporter)
            raise Stopped

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """What is judged is the average of the weights, if the run or its optimizer keeps one."""
        switch(trainer.optimizers, training=False)
        done = (trainer.current_epoch + 1) / self._config.training.epochs
        batches = map(trainer.precision_plugin.convert_input, trainer.train_dataloader or ())
        self.averaging.before_judging(pl_module, done, batches)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Training goes on with the weights themselves."""
        self.averaging.after_judging(pl_module)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report the epoch, then do as told; what is kept are the weights that were judged."""
        switch(trainer.optimizers, training=False)
        self.epochs = trainer.current_epoch + 1
        self.steps = trainer.global_step
        self.metrics = self._measure(trainer, pl_module)
        self._remember(pl_module)
        self._over = self._stopping_rule()
        self.ended = self._report()
        self.reason = self._reason()
        if self.ended is not Decision.CONTINUE or self.reason:
            trainer.should_stop = True
        if self.ended is Decision.STOP:
            self._checkpoints.take(trainer)
            self._checkpoints.flush(self._reporter)
        elif not trainer.should_stop and self.epochs < self._config.training.epochs:
            self._checkpoints.take_if_due(trainer, self._reporter)

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know beside weights and optimizer; with nothing left to train, also its result."""
        return {
            "metrics": dict(self.metrics),
            "epochs": self.epochs,
            "steps": self.steps,
            "over": self._over,
            "history": list(self.history),
            "base_rate": self.stepping.base_rate,
            "losses": list(self.losses),
            "averaging": self.averaging.state_dict(),
            "best": dict(self.best),
            "best_epoch": self.best_epoch,
            "best_weights": self.best_weights,
            "training_time": self.training_time,
            "randomness": _randomness.state(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` saved; the list of the history stays the one the schedule reads."""
        self.metrics, self.epochs, self.steps = state_dict["metrics"], state_dict["epochs"], state_dict["steps"]
        self.reason = self._over = state_dict["over"]
        self.history[:] = state_dict["history"]
        self.stepping.base_rate = state_dict["base_rate"]
        self.losses = state_dict["losses"]
        self.averaging.load_state_dict(state_dict["averaging"])
        self.best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self.best_weights = state_dict["best_weights"]
        self._clock = Stopwatch(state_dict["training_time"])
        self._saved_randomness = state_dict["randomness"]

    def _measure(self, trainer: pl.Trainer, module: pl.LightningModule) -> dict[str, float]:
        measured = _own_metrics(module) if isinstance(module, Network) else _logged_metrics(trainer)
        for name, value in measured.items():
            if "loss" in name and not math.isfinite(value):
                raise Diverged(
                    f"{name} became {value} in epoch {self.epochs}; lower the learning rate or clip the gradient"
                )
        measured |= {"lr": self.stepping.rate, "grad_norm": self.stepping.mean_norm()}
        return {name: value for name, value in measured.items() if math.isfinite(value)}

    def _remember(self, module: pl.LightningModule) -> None:
        """Extend the history, and keep the weights if this epoch is the best so far."""
        monitor = self._config.monitor
        if monitor.metric not in self.metrics:
            logged = ", ".join(sorted(self.metrics))
            raise TrainingError(f"the monitored metric {monitor.metric!r} is not measured; there are: {logged}")
        value = monitor.oriented(self.metrics[monitor.metric])
        if not self.history or value < min(self.history):
            self.best, self.best_epoch = self.metrics, self.epochs
            with torch.no_grad():
                _copy_into(self.best_weights, self.averaging.weights(module))
        self.history.append(value)
        if "train_loss" in self.metrics:
            self.losses.append(self.metrics["train_loss"])

    def _report(self) -> Decision:
        report = Report(self.steps, self.epochs, time.time(), self.training_time, self.metrics)
        with self._clock.paused():
            return self._reporter.report(report)

    def _reason(self) -> str:
        """Why the run ends here, or nothing."""
        if self.ended is Decision.PRUNE:
            return f"pruned at epoch {self.epochs}"
        if self.ended is Decision.STOP:
            return "stopped as asked"
        return self._over

    def _stopping_rule(self) -> str:
        reasons = [regularizer.stop(self.history, self.losses) for regularizer in self._config.regularizers.values()]
        return next((reason for reason in reasons if reason), "")


def _own_metrics(module: Network) -> dict[str, float]:
    measured: dict[str, float] = {}
    for split, tally in (("train", module.train_tally), ("val", module.val_tally)):
        measured |= {f"{split}_{name}": value for name, value in tally.summary(module.task).items()}
        tally.clear()
    return measured


def _logged_metrics(trainer: pl.Trainer) -> dict[str, float]:
    """What a user's own module logged."""
    return {name: float(value) for name, value in trainer.callback_metrics.items() if value.numel() == 1}


def _copy_into(kept: dict[str, Tensor], weights: dict[str, Tensor]) -> None:
    """Copy weights into the tensors that hold the last best ones, which are made at the first call."""
    for name, weight in weights.items():
        if name in kept:
            kept[name].copy_(weight)
        else:
            kept[name] = weight.detach().clone()
