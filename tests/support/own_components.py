"""Components of a user's own that say by their traits what they do."""

from __future__ import annotations

from typing import Literal

from experiments.component import hp
from experiments.optimizers import Optimizer
from experiments.regularizers import Regularizer


class Squeeze(Regularizer):
    """Bounds gradients by a smooth function of their size."""

    target = "torch:tanh"
    source = "a test, 2026"
    clips = True
    name: Literal["squeeze"] = "squeeze"
    scale: float = hp(1.0, gt=0, help="What is small.")


class MeanSGD(Optimizer):
    """SGD that is judged at the mean of its weights."""

    target = "torch.optim:ASGD"
    source = "a test, 2026"
    averages = True
    name: Literal["mean_sgd"] = "mean_sgd"
    lr: float = hp(1e-2, gt=0, help="Base learning rate.")
