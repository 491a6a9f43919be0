"""Initializers: how weights are set before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.component import Component, Kind

if TYPE_CHECKING:
    from torch import nn


class Initializer(Component):
    """Sets the weights of the linear, convolutional and recurrent layers of a model, and zeroes their biases.

    The target takes a weight tensor and this component's arguments, and fills the tensor in place. Each gate of a
    recurrent layer and each group of a convolution is a tensor of its own, so that its fans are the true ones. The
    forget gates of LSTMs get the bias 1, without which they forget half of their state at every step (Gers, Schmidhuber
    & Cummins, 2000; Jozefowicz, Zaremba & Sutskever, 2015).

    Left alone is everything else: normalisation, the slopes of PReLU, embeddings, transposed convolutions, and what
    users' own modules hold in parameters of their own.
    """

    def initialize(self, model: nn.Module) -> None:
        """Fill the model's weights in place from torch's random number generator."""
        from experiments.initializers._apply import initialize

        initialize(model, self.build)


INITIALIZERS = Kind("initializer", Initializer, "How weights are set before the first step")
