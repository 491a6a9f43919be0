"""Measuring within an epoch, every so many optimizer steps, for trainings whose epochs are long."""

from __future__ import annotations

import math

import pytorch_lightning as pl

from experiments.reporting import TRAINED


class WithinEpochs:
    """Says when a measurement within an epoch is due, and has the trainer validate there.

    Lightning counts batches between two validations, of which an optimizer step may take several, and then validates at
    no end of an epoch that it does not meet by chance. So it is left to validate at each end, and is told of a step
    behind which it is to validate besides.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._usual: int | float | None = 1
        self.under_way = False
        """Whether the validation that goes on is one within an epoch."""

    def is_due(self, trainer: pl.Trainer, measured_step: int) -> bool:
        """Whether to measure behind this batch; its epoch's last one is measured at the epoch's end."""
        if not self._every or trainer.is_last_batch:
            return False
        return trainer.global_step // self._every > measured_step // self._every

    def validate(self, trainer: pl.Trainer) -> None:
        """Have the trainer validate behind this batch: it does so at each ``val_check_batch``-th batch of an epoch."""
        self._usual, self.under_way = trainer.val_check_batch, True
        trainer.val_check_batch = 1

    def end(self, trainer: pl.Trainer) -> None:
        """It has validated."""
        trainer.val_check_batch, self.under_way = self._usual, False

    def at_end(self, epochs: int) -> dict[str, float]:
        """What the row of an epoch's end says like those within it."""
        return {TRAINED: float(epochs)} if self._every else {}

    def trained(self, trainer: pl.Trainer) -> float:
        """How many epochs are trained, counting the part of this one; NaN where nobody knows how long it is."""
        n_batches = trainer.num_training_batches
        if math.isinf(n_batches):
            return math.nan
        return trainer.current_epoch + trainer.fit_loop.epoch_loop.batch_progress.current.ready / n_batches
