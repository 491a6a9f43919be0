"""Components of a user's own that say by their traits what they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from experiments.component import hp
from experiments.optimizers import Optimizer
from experiments.regularizers.roles import Clipping

if TYPE_CHECKING:
    from torch import Tensor


class Squeeze(Clipping):
    """Bounds gradients by a smooth function of their size."""

    target = "torch:tanh"
    source = "a test, 2026"
    name: Literal["squeeze"] = "squeeze"
    scale: float = hp(1.0, gt=0, help="What is small.")

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """g ← scale · tanh(g / scale)."""
        for gradient in (parameter.grad for parameter in parameters if parameter.grad is not None):
            gradient.copy_(self.scale * (gradient / self.scale).tanh())


class MeanSGD(Optimizer):
    """SGD that is judged at the mean of its weights."""

    target = "torch.optim:ASGD"
    source = "a test, 2026"
    averages = True
    name: Literal["mean_sgd"] = "mean_sgd"
    lr: float = hp(1e-2, gt=0, help="Base learning rate.")
