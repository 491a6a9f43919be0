"""Several batches per optimizer step, whose gradients are those of one batch of all their examples."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from experiments.optimizers._beyond_step import beyond_step
from experiments.training.lightning import Hooks


class Accumulation(Hooks):
    """Weighs each batch of a step by its number of examples.

    Lightning divides the loss of each batch by the number of batches that make a step. That is the mean over the
    examples only where all batches are of one size and the epoch has no batches left over: in a last group of r of k
    batches the gradient would be r / k of what it should be. Here the loss of a batch is weighed by its size relative
    to the first of its group, and the sum is divided by that of the weights. Full groups are left as they are, bit by
    bit.
    """

    def __init__(self, batches: int) -> None:
        self._batches = batches
        self._first = 0
        self._weight = 1.0
        self._total = 0.0
        self._stepped = False

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Weigh the batch, which may be the first of a group."""
        if self._stepped:
            self._first, self._total, self._stepped = 0, 0.0, False
        size = n_examples(batch)
        self._first = self._first or size
        self._weight = size / self._first
        self._total += self._weight

    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        """Let the gradient of the loss start from the weight."""
        weight = self._weight
        if weight != 1.0:
            loss.register_hook(lambda gradient: gradient * weight)  # type: ignore[no-untyped-call]

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        """Divide the sum of the gradients by the sum of the weights instead of by the number of batches.

        So is what an optimizer adds up beside them.
        """
        scale = self._batches / self._total
        self._stepped = True
        gradients = [parameter.grad for parameter in pl_module.parameters() if parameter.grad is not None]
        summed = [*gradients, *beyond_step(optimizer).summed]
        if scale != 1.0 and summed:
            torch._foreach_mul_(summed, scale)


def n_examples(batch: Any) -> int:
    """The length of the first tensor in a batch; 1 for a batch without any, so that such batches count alike."""
    return next((len(leaf) for leaf in tree_leaves(batch) if isinstance(leaf, Tensor) and leaf.ndim), 1)
