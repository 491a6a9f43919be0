"""Regularizers that blur what the model sees or is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import hp, uniform
from experiments.regularizers import REGULARIZERS, Regularizer

if TYPE_CHECKING:
    from torch import nn


@REGULARIZERS.add
class Dropout(Regularizer):
    """Zeroes each hidden unit with probability p while training, and scales the rest by 1 / (1 - p).

    Srivastava et al. (2014). In evaluation nothing is dropped.
    """

    target = "torch.nn:Dropout"
    needs = "a layer after every hidden activation"
    name: Literal["dropout"] = "dropout"
    p: float = hp(0.2, ge=0, lt=1, search=uniform(0.0, 0.5), help="Probability that a unit is dropped.")

    def layer(self, dimensions: int) -> nn.Module | None:
        """One that drops single units, whatever the dimensions."""
        module: nn.Module = self.build()
        return module


@REGULARIZERS.add
class LabelSmoothing(Regularizer):
    """Trains towards (1 - epsilon) · one-hot + epsilon / K, for less confident predictions (Szegedy et al., 2016).

    Validation losses are those of the plain labels.
    """

    target = "torch.nn:CrossEntropyLoss"
    needs = "the loss function"
    name: Literal["label_smoothing"] = "label_smoothing"
    epsilon: float = hp(0.1, ge=0, lt=1, search=uniform(0.01, 0.2), help="Share of the target spread over all classes.")

    def arguments(self) -> dict[str, float]:
        """torch's own word for it."""
        return {"label_smoothing": self.epsilon}

    def smoothing(self) -> float:
        """Epsilon."""
        return self.epsilon
