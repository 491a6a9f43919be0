"""Regularizers: what keeps a model from fitting the noise, or from leaving the ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from experiments.component import Component, Kind

if TYPE_CHECKING:
    from torch import Tensor, nn


def weights_among(parameters: Sequence[Tensor]) -> list[Tensor]:
    """The parameters with two or more dimensions, so neither biases nor those of a normalisation."""
    return [parameter for parameter in parameters if parameter.ndim > 1]


class Regularizer(Component):
    """Acts on a run through the hooks below; each does nothing unless a member says otherwise."""

    needs: ClassVar[str] = ""
    """What of a run it changes that a user's own LightningModule does not offer; empty if it fits every module."""

    def layer(self, dimensions: int) -> nn.Module | None:
        """A layer that stands after every hidden activation, for inputs with that many spatial dimensions."""
        return None

    def smoothing(self) -> float:
        """The share of each class target that is spread over all classes."""
        return 0.0

    def weights(self, parameters: Sequence[Tensor]) -> Sequence[Tensor]:
        """Those of the trained parameters that the hooks around a step are given as ``weights``."""
        return weights_among(parameters)

    def after_backward(self, weights: Sequence[Tensor]) -> None:
        """Change the gradients of the loss, in place, once a step and before they are clipped."""

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """Bound the gradients of all ``parameters``, in place; ``norm`` is that of all together before any clipping."""

    def before_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """Change the weights, in place, before the optimizer's step at learning rate ``lr``."""

    def after_step(self, weights: Sequence[Tensor], lr: float) -> None:
        """Change the weights, in place, after the optimizer's step at learning rate ``lr``."""

    def stop(self, history: Sequence[float]) -> str:
        """The reason to end the run, from the monitored metric (lower is better) after each epoch; empty to go on."""
        return ""


REGULARIZERS = Kind("regularizer", Regularizer, "What keeps a model from fitting the noise")
