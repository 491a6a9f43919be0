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
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        if not self.arguments().get("weight_decay"):
            optimizer: TorchOptimizer = self.build(parameters)
            return optimizer
        weights = [parameter for parameter in parameters if parameter.ndim > 1]
        others = [parameter for parameter in parameters if parameter.ndim <= 1]
        grouped: TorchOptimizer = self.build([{"params": weights}, {"params": others, "weight_decay": 0.0}])
        return grouped


OPTIMIZERS = Kind("optimizer", Optimizer, "How gradients become steps")
