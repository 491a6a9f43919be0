"""Optimizers: how gradients become steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.component import Component, Kind, hp, log_uniform

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer as TorchOptimizer


class Optimizer(Component):
    """A rule that turns gradients into steps; the target is a ``torch.optim.Optimizer``.

    ``lr`` is the base rate, which the schedule multiplies.
    """

    lr: float = hp(..., gt=0, search=log_uniform(1e-5, 1e-1), help="Base learning rate.")

    def over(self, model: nn.Module) -> TorchOptimizer:
        """The optimizer of a model's parameters.

        A decay of its own acts on weights only: biases and normalisation parameters, which have one dimension, are left
        alone.
        """
        from experiments.optimizers._build import over

        return over(self.build, self.resolved(), model, float(self.arguments().get("weight_decay", 0.0)))


OPTIMIZERS = Kind("optimizer", Optimizer, "How gradients become steps")
