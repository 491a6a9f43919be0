"""A user's module tried out before it is searched over: what its training would come to, found in seconds.

The run is the real one, by the same trainer, callbacks and checkpoints, but that an epoch is over after one batch and
the training after two epochs. The module is told nothing of it: its schedules see the steps of the whole run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.metrics import misspelled
from experiments.plugins.own_lines import in_a_line, line_of_function
from experiments.plugins.user_data import difference_between_set_ups
from experiments.reporting import Decision, Report, Silence
from experiments.train import evaluate
from experiments.training.callbacks import Progress
from experiments.training.files import artifacts
from experiments.training.files.checkpoints import ResumeCheckpoints
from experiments.training.setup import TrainingSetup, prepare
from experiments.training.trainer import fit

EPOCHS = 2
"""One that may leave a checkpoint, and one that a resumed run goes on with."""
OURS = frozenset({"lr", "grad_norm"})
"""What every run measures, whatever its module logs."""


def dry_run(config: ExperimentConfig, directory: Path) -> list[str]:
    """Train, write and read a checkpoint, and measure the weights; what is doubtful comes back, in a sentence each.

    Raises:
        TrainingError: a run of this config cannot come to a result; ``Diverged`` speaks of this config alone.
        Exception: whatever the user's code raises.
    """
    first = _Rehearsal(config, directory / "first")
    first.train()
    said = [*first.listener.lines, *first.setup.notes, *_set_ups(config)]
    found = [*_objective(config, first), *said, *_going_on(config, first), *_measuring(config, first)]
    return list(dict.fromkeys(filter(None, found)))


class _Rehearsal:
    """One short training of the config."""

    def __init__(self, config: ExperimentConfig, directory: Path) -> None:
        directory.mkdir(parents=True)
        self.directory = directory
        self.listener = _Listener()
        self._config = config
        self.checkpoints = ResumeCheckpoints(directory, every=0.0)
        self.progress = _OneBatch(config, self.listener, self.checkpoints)
        seeding.seed(config.seed)
        self.setup: TrainingSetup = prepare(config, self.listener.log)

    def train(self, resume: Path | None = None) -> None:
        """From the beginning, or from a checkpoint."""
        fit(self._config, self.setup, self.progress, self.checkpoints, resume, limit_val_batches=1)

    @property
    def logged(self) -> set[str]:
        """What the module itself has logged."""
        return self.progress.logged - OURS


class _OneBatch(Progress):
    """Ends each epoch after its first batch, where validation is due."""

    validated = False

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Declare the batch the epoch's last. A limit would do so too, but schedules would see the fewer steps."""
        trainer.fit_loop.epoch_loop.batch_progress.is_last_batch = True
        trainer.val_check_batch = 1

    def _say_that_it_waits(self, metrics: dict[str, float]) -> None:
        """Not yet: the next epoch may have the metric."""

    def _say_that_no_step_was_seen(self) -> None:
        """Not yet: a module that steps by hand may do so at every fourth batch."""

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The module can be measured on the validation data."""
        super().on_validation_end(trainer, pl_module)
        self.validated = True


class _Listener(Silence):
    """The reporter of a dry run, which is told what the log of a run would say."""

    def __init__(self) -> None:
        self.checkpoints: list[Path] = []
        self.lines: list[str] = []
        """What the training itself finds worth saying; what the user's code prints is not among it."""

    def report(self, report: Report) -> Decision:
        """Go on until there have been enough epochs."""
        return Decision.CONTINUE if report.epoch < EPOCHS else Decision.PRUNE

    def checkpoint(self, path: Path, step: int) -> None:
        self.checkpoints.append(path)

    def log(self, text: str) -> None:
        self.lines.append(text)


def _objective(config: ExperimentConfig, first: _Rehearsal) -> Iterator[str]:
    """What is doubtful about the metric that judges a run.

    Raises:
        TrainingError: no run of this config will ever log it.
    """
    metric, there = config.monitor.metric, ", ".join(sorted(first.logged))
    if metric in first.progress.logged:
        return
    if not first.logged:
        place = line_of_function(first.setup.module.training_step)
        at = f" ({place})" if place else ""
        raise TrainingError(f"{config.model.name} logs nothing{at}: `self.log({metric!r}, …)` logs what judges a run")
    meant = misspelled(metric, first.logged)
    if meant:
        raise TrainingError(f"the objective {metric!r} is not logged (did you mean {meant!r}?); there are: {there}")
    if config.training.epochs <= EPOCHS:
        raise TrainingError(f"the objective {metric!r} is not logged; there are: {there}")
    yield f"the objective {metric!r} was not logged in {EPOCHS} epochs; the runs wait for it; there are: {there}"


def _set_ups(config: ExperimentConfig) -> Iterator[str]:
    """Whether the data are the same at each set-up."""
    try:
        yield difference_between_set_ups(config)
    except Exception as error:  # a set-up outside of a training may lack what the user's code asks for
        yield f"whether {config.data.name} has the same data at each set-up is not known: {in_a_line(error)}"


def _going_on(config: ExperimentConfig, first: _Rehearsal) -> Iterator[str]:
    """Whether a run that was interrupted goes on where it was.

    Raises:
        Exception: the same process cannot prepare a second run.
    """
    resumed = _Rehearsal(config, first.directory.with_name("resumed"))
    if not first.listener.checkpoints:
        return
    try:
        resumed.train(first.listener.checkpoints[0])
    except Exception as error:  # the user's code may raise anything
        yield f"a run that was interrupted cannot go on from its checkpoint and begins anew: {in_a_line(error)}"


def _measuring(config: ExperimentConfig, first: _Rehearsal) -> Iterator[str]:
    """Whether the weights that a run keeps can be measured by another process."""
    if not first.progress.validated:
        return
    weights = first.setup.module.state_dict()
    try:
        best = artifacts.write_best(config, weights, {}, first.progress.epochs, first.progress.data, first.directory)
        evaluate(config, best, "validation", limit=1)
    except Exception as error:  # the user's code may raise anything
        yield f"the best trial cannot be measured on the test data at the end: {in_a_line(error)}"
