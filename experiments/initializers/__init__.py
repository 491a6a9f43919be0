"""Initializers: how weights are set before the first step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from experiments.component import Component, Kind, declare

if TYPE_CHECKING:
    from torch import Tensor, nn


Plain = Literal["orthogonal", "kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform", "lecun_normal"]
"""Initializers that others build on, with their defaults."""


class Initializer(Component):
    """Sets the weights of the linear, convolutional and recurrent layers of a model, and zeroes their biases.

    The target takes a weight tensor and this component's arguments, and fills the tensor in place. Each gate of a
    recurrent layer and each group of a convolution is a tensor of its own, so that its fans are the true ones. The
    forget gates of LSTMs get the bias 1, without which they forget half of their state at every step (Gers, Schmidhuber
    & Cummins, 2000; Jozefowicz, Zaremba & Sutskever, 2015).

    Left alone is everything else: normalization, the slopes of PReLU, embeddings, transposed convolutions, and what
    users' own modules hold in parameters of their own.
    """

    traits = ("for_kernels", "for_recurrent", "rescales", "breaks_selu")
    for_kernels: ClassVar[bool] = False
    """Whether it is about convolutions, and other layers get another initializer."""
    for_recurrent: ClassVar[bool] = False
    """Whether it is about recurrent layers, and other layers get the initializer that it names as ``ih``."""
    rescales: ClassVar[bool] = False
    """Whether it adapts the scale of weights to the data."""
    breaks_selu: ClassVar[bool] = False
    """Whether selu loses mean 0 and variance 1 with its weights."""

    def initialize(self, model: nn.Module) -> None:
        """Fill the model's weights in place from torch's random number generator."""
        from experiments.initializers._apply import initialize

        initialize(model, self.build)

    def calibrate(self, model: nn.Module, batches: Iterable[Any], loss: Callable[[nn.Module, Any], Tensor]) -> None:
        """Adapt the initial weights to the data, in place; nothing unless a member says otherwise.

        Args:
            model: what ``initialize`` was called on, or what contains it.
            batches: batches of training data in the order of the first epoch; read only as far as needed.
            loss: runs the model, or a copy of it, on a batch, and gives the mean training loss.
        """


INITIALIZERS = Kind("initializer", Initializer, "How weights are set before the first step")

declare(__name__)
