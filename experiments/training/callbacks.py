"""The callback of every run: it shapes each step, reports each epoch and keeps what must be kept."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from experiments.config import ExperimentConfig
from experiments.errors import Diverged, TrainingError
from experiments.metrics import is_of_validation
from experiments.regularizers.roles import StoppingRule
from experiments.reporting import TRAINED, Decision, Report, Reporter
from experiments.training.averaging import Averaging
from experiments.training.files.checkpoints import ResumeCheckpoints, Stopwatch
from experiments.training.lightning import Hooks
from experiments.training.loading.fingerprints import differences, fingerprint
from experiments.training.loading.loaders import training_batches
from experiments.training.measuring import TRAINING_LOSS, Measurements, measurements_of, refuse_divergence
from experiments.training.mixed_packages import mixed_callbacks
from experiments.training.optimizer_step import OptimizerStep, switch
from experiments.training.parts import part_after
from experiments.training.within_epochs import WithinEpochs


class Stopped(Exception):
    """The run ends in the middle of an epoch."""


class Progress(Hooks):
    """Reports every epoch, remembers the one that counts, obeys decisions and saves what a resumed run needs.

    Checkpoints hold the state between two epochs. One is kept in memory, from time to time, so that a run which is
    stopped in the middle of an epoch can still leave its newest one. What is measured within an epoch besides is
    reported and may be what counts; schedules, early stopping and averages count whole epochs all the same.
    """

    callback_base = "Checkpoint"  # it runs last, after a user's own module has logged

    def __init__(
        self, config: ExperimentConfig, reporter: Reporter, checkpoints: ResumeCheckpoints, done: int = 0
    ) -> None:
        """``done`` epochs are over where the run goes on; its values are those that hold from there on."""
        self._part = part_after(config, done)
        self._config = self._part.config
        self.history: list[float] = []
        self.losses: list[float] = []
        self.optimizer_step = OptimizerStep(self._config, self.history)
        self.averaging = Averaging(self._config.regularizers.values())
        self.logged: set[str] = set()
        """Every metric that some epoch has measured."""
        self.judged: dict[str, float] = {}
        self.judged_epoch: int | None = None
        self.judged_weights: dict[str, Tensor] = {}
        self.data: dict[str, Any] = {}
        """What the data are known by with which the run began; empty where their split is ours."""
        self.epochs = 0
        self.steps = 0
        self.began = False
        """Whether all is set up, and what a checkpoint held is taken over."""
        self.ended = Decision.CONTINUE
        self.reason = ""
        self.another_follows = False
        """Whether it ended where the next part of the training begins, and left its state for that in memory."""
        self._reporter = reporter
        self._checkpoints = checkpoints
        self._clock = Stopwatch()
        self._within = WithinEpochs(config.training.measure_every)
        self._measurements: Measurements
        self._over = ""
        """Why a regularizer ends the training, whatever the reporter says."""

    def stop_clock(self) -> None:
        """The training is over."""
        self._clock.stop()

    @property
    def training_time(self) -> float:
        """Seconds spent in training so far, in all attempts that this one continues, without waiting for decisions."""
        return self._clock.read()

    def require_value(self) -> None:
        """A run that has come to its end has a value.

        Raises:
            TrainingError: the metric that judges the run was never logged.
            Diverged: it was logged, and no epoch has a finite value.
        """
        if self.judged_epoch is not None:
            return
        metric = self._config.monitor.metric
        if metric not in self.logged:
            there = ", ".join(sorted(self.logged))
            raise TrainingError(f"the monitored metric {metric!r} was never logged; there are: {there}")
        reason = f"{metric!r} has no finite value: it was NaN or infinite whenever it was logged"
        # Of a network of ours we know why. What a user's metric needs to be finite, its author knows.
        raise Diverged(
            reason if self._config.model.from_plugin else f"{reason}; lower the learning rate or clip the gradient"
        )

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock; a resumed run in which nothing is left to train ends at once.

        Raises:
            TrainingError: the module has brought callbacks that its trainer does not know.
        """
        if reason := mixed_callbacks(pl_module, trainer.callbacks):  # type: ignore[attr-defined]
            raise TrainingError(reason)
        trainer.should_stop = bool(self._over)
        self._recognize(trainer)
        self._measurements = measurements_of(pl_module)
        self.optimizer_step.start(trainer, pl_module)
        self._clock.start()
        self._checkpoints.start()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """All data are there, and nothing is trained yet.

        Raises:
            TrainingError: no epoch will measure what judges the run.
        """
        metric, model = self._config.monitor.metric, self._config.model
        if model.from_plugin and is_of_validation(metric) and not _validates(trainer):
            raise TrainingError(
                f"the objective {metric!r} is measured on validation data, and {model.name} validates on none: give "
                "the data module a `val_dataloader` and the module a `validation_step`, or let a metric of the "
                "training judge, such as 'train_loss'"
            )
        self.began = True

    def between_epochs(self, trainer: pl.Trainer) -> None:
        """Another epoch is about to begin: leave a checkpoint of the one that has ended, if it is due or wanted.

        Raises:
            Stopped: the run was asked to end, or another part of it follows.
        """
        if self.ended is Decision.STOP:
            self._leave_checkpoint(trainer)
            raise Stopped
        if self.epochs and self.epochs == self._part.ends:
            self._checkpoints.take(trainer, self.steps, self._reporter)
            self.another_follows = True
            raise Stopped
        if self.epochs:
            self._checkpoints.take_if_due(trainer, self.steps, self._reporter)

    def go_on(self) -> None:
        """What a checkpoint holds is taken over; an optimizer keeps values there that may be others from here on."""
        before, now = self._part.before.optimizer, self._part.config.optimizer
        if before is not None and now is not None and before != now:
            self.optimizer_step.change(before, now)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Weights are trained, and measured, from here on."""
        switch(trainer.optimizers, training=True)
        self._measurements.start_epoch(trainer)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        """The optimizer's step is next."""
        self.optimizer_step.before_step(trainer.global_step, optimizer)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Leave at once when somebody asked for it."""
        self._measurements.after_batch(outputs)
        if self.optimizer_step.after_batch():
            self.averaging.after_step(pl_module, self.optimizer_step.done(trainer))
        wish = self._reporter.stop_requested()
        if wish is not None:
            self._leave_within(wish)
        if self._within.is_due(trainer, self.steps):
            if _validates(trainer):
                self._within.validate(trainer)
            else:
                self._measure_within(trainer, pl_module)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """What is judged is the average of the weights, if the run or its optimizer keeps one."""
        switch(trainer.optimizers, training=False)
        ends_epoch = not self._within.under_way
        done = (trainer.current_epoch + 1) / self._config.training.epochs
        self.averaging.before_judging(pl_module, done, training_batches(trainer), ends_epoch=ends_epoch)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Training goes on with the weights themselves, at once behind a validation within an epoch."""
        self.averaging.after_judging(pl_module)
        if self._within.under_way:
            self._within.end(trainer)
            self._measure_within(trainer, pl_module)
            switch(trainer.optimizers, training=True)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report the epoch, then do as told; what is kept are the weights that were judged."""
        switch(trainer.optimizers, training=False)
        self.epochs = trainer.current_epoch + 1
        self.steps = max(trainer.global_step, self.steps + 1)  # rows rise, also where no step was seen
        measured = self._measurements.take(trainer)
        loss = self._measurements.training_loss(measured)
        steps = self.optimizer_step.measured()
        if not steps:
            self._say_that_no_step_was_seen()
        metrics = {**self._within.at_end(self.epochs), **measured, **steps, **self._part.values}
        if self._remember(metrics, pl_module):
            self._over = self._stopping_rule()
        if trainer.should_stop and not self._over:
            self._over = f"{self._config.model.name} ended its training itself"
        self.ended = self._report(metrics)
        refuse_divergence(loss, self.epochs)
        self.reason = self._reason()
        if self.ended in {Decision.PRUNE, Decision.END} or self._over:
            trainer.should_stop = True
        if self.ended is Decision.STOP and (trainer.should_stop or self.epochs == self._config.training.epochs):
            self._leave_checkpoint(trainer)  # no other epoch begins

    def _measure_within(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Report what was measured in the midst of an epoch, then do as told.

        Raises:
            Stopped: the run ends here; another row would follow at the epoch's end.
        """
        self.steps = trainer.global_step
        measured = self._measurements.take(trainer)
        loss = self._measurements.training_loss(measured)
        metrics = {TRAINED: self._within.trained(trainer)} | measured | self.optimizer_step.measured()
        self._judge(metrics, module)
        decision = self._report(metrics)
        refuse_divergence(loss, self.epochs + 1)
        self._measurements.start_epoch(trainer)
        if decision is not Decision.CONTINUE:
            self._leave_within(decision)

    def _leave_within(self, decision: Decision) -> None:
        self.ended = decision
        if decision is Decision.STOP:
            self._checkpoints.flush(self._reporter)
        self.reason = self._reason()
        raise Stopped

    def _leave_checkpoint(self, trainer: pl.Trainer) -> None:
        self._checkpoints.take(trainer, self.steps, self._reporter)
        self._checkpoints.flush(self._reporter)
        self.reason = self._reason()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know beside weights and optimizer; with nothing left to train, also its result."""
        return {
            "logged": sorted(self.logged),
            "epochs": self.epochs,
            "steps": self.steps,
            "over": self._over,
            "history": list(self.history),
            "base_rate": self.optimizer_step.base_rate,
            "losses": list(self.losses),
            "averaging": self.averaging.state_dict(),
            "judged": dict(self.judged),
            "judged_epoch": self.judged_epoch,
            "judged_weights": self.judged_weights,
            "training_time": self.training_time,
            "data": self.data,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` saved; the list of the history stays the one the schedule reads."""
        self.logged, self.epochs, self.steps = set(state_dict["logged"]), state_dict["epochs"], state_dict["steps"]
        self.reason = self._over = state_dict["over"]
        self.history[:] = state_dict["history"]
        self.optimizer_step.base_rate = state_dict["base_rate"]
        self.losses = state_dict["losses"]
        self.averaging.load_state_dict(state_dict["averaging"])
        self.judged, self.judged_epoch = state_dict["judged"], state_dict["judged_epoch"]
        self.judged_weights = state_dict["judged_weights"]
        self._clock = Stopwatch(state_dict["training_time"])
        self.data = state_dict.get("data", {})

    def _recognize(self, trainer: pl.Trainer) -> None:
        """Say so when a resumed run goes on with other data; those with which it began are what it is known by."""
        data: pl.LightningDataModule | None = trainer.datamodule  # type: ignore[attr-defined]
        if data is None:
            return
        now = fingerprint(data)
        if differing := differences(self.data, now):
            self._reporter.log(f"the run goes on with other data than it began with ({differing})")
        self.data = self.data or now

    def _remember(self, metrics: dict[str, float], module: pl.LightningModule) -> bool:
        """Extend the history, and keep the weights if this epoch counts so far; whether it has a value to judge by."""
        value = self._judge(metrics, module)
        if value is None:
            self._say_that_it_waits(metrics)
            return False
        self.history.append(self._config.monitor.oriented(value))
        if TRAINING_LOSS in metrics:
            self.losses.append(metrics[TRAINING_LOSS])
        return True

    def _judge(self, metrics: dict[str, float], module: pl.LightningModule) -> float | None:
        """What this measurement is judged by, if there is such a value; the weights are kept if it counts so far."""
        monitor = self._config.monitor
        self.logged |= metrics.keys()
        value = monitor.value(metrics)
        if value is not None and monitor.supersedes(value, monitor.value(self.judged)):
            self.judged, self.judged_epoch = metrics, self.epochs
            with torch.no_grad():
                _copy_into(self.judged_weights, self.averaging.weights(module))
        return value

    def _say_that_it_waits(self, metrics: dict[str, float]) -> None:
        metric = self._config.monitor.metric
        if self.epochs == 1 and metric not in metrics:
            there = ", ".join(sorted(metrics))
            self._reporter.log(f"{metric!r} was not logged in epoch 1; the run waits for it; there are: {there}")

    def _say_that_no_step_was_seen(self) -> None:
        if self.epochs == 1 and self._config.regularizers:
            names = ", ".join(self._config.regularizers)
            self._reporter.log(
                f"no step of an optimizer was seen in epoch 1, so nothing of {names} acted on one; "
                "step the optimizers that self.optimizers() gives"
            )

    def _report(self, metrics: dict[str, float]) -> Decision:
        report = Report(self.steps, self.epochs, time.time(), self.training_time, metrics)
        with self._clock.paused():
            return self._reporter.report(report)

    def _reason(self) -> str:
        """Why the run ends here, or nothing."""
        if self.ended is Decision.PRUNE:
            within = self._config.training.measure_every > 0
            return f"pruned at step {self.steps}" if within else f"pruned at epoch {self.epochs}"
        if self.ended is Decision.END:
            return f"ended as asked, after epoch {self.epochs}"
        if self.ended is Decision.STOP:
            left = "" if self._checkpoints.possible else "; it leaves no checkpoint to go on from"
            return f"stopped as asked{left}"
        return self._over

    def _stopping_rule(self) -> str:
        rules = [each for each in self._config.regularizers.values() if isinstance(each, StoppingRule)]
        reasons = [rule.stop(self.history, self.losses) for rule in rules]
        return next((reason for reason in reasons if reason), "")


def _validates(trainer: pl.Trainer) -> bool:
    """Whether there will be validation; its loaders are not there yet if no validation is due in the first epoch."""
    return trainer.enable_validation and (trainer.val_dataloaders is None or any(trainer.num_val_batches))


def _copy_into(kept: dict[str, Tensor], weights: dict[str, Tensor]) -> None:
    """Copy weights into the tensors that hold the judged ones, which are made at the first call."""
    for name, weight in weights.items():
        if name in kept:
            kept[name].copy_(weight)
        else:
            kept[name] = weight.detach().clone()
