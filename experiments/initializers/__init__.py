"""Initializers: how weights are drawn before the first step. Biases start at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.component import Component, Kind

if TYPE_CHECKING:
    from torch import nn


class Initializer(Component):
    """Draws every weight of the linear and convolutional layers of a model.

    The target takes the weight tensor and this component's arguments, and fills the tensor in place.
    """

    def initialize(self, model: nn.Module) -> None:
        """Fill the model's weights in place from torch's random number generator, and set its biases to zero."""
        from experiments.initializers._apply import initialize

        initialize(model, self.build)


INITIALIZERS = Kind("initializer", Initializer, "How weights are drawn before the first step")
