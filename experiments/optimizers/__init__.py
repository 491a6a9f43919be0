"""Optimizers: how gradients become steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from experiments.component import Component, Kind, declare, hp, log_uniform

if TYPE_CHECKING:
    from torch import nn
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer

    from experiments.optimizers._groups import Options

POSITIVE_RATE = "a step of positive length goes down the gradient"
AVERAGE = "the share of a moving average that stays; at 1 nothing new comes in"
POSITIVE_EPS = "it keeps a denominator from being zero"
BETAS = {"betas": ("beta1", "beta2")}
"""The pair that torch takes, of both fields."""


def decay(default: float, low: float = 1e-5, high: float = 1.0) -> Any:
    """The field of a decay of the optimizer's own, searched from ``low`` to ``high``."""
    source = "a negative decay would let weights grow without end"
    help_ = "Decay per step, times the learning rate."
    return hp(default, ge=0, search=log_uniform(low, high), bound_source=source, help=help_)


class Optimizer(Component):
    """A rule that turns gradients into steps; the target is a ``torch.optim.Optimizer``.

    ``lr`` is the base rate, which the schedule multiplies. With ``layer_decay`` the layer nearest the output has this
    rate, and each earlier one that factor of the rate of the next.
    """

    withheld = frozenset({"layer_decay", "decay_biases"})  # how parameters are grouped is not the target's business
    unchanging = frozenset({"layer_decay"})  # it decides which groups there are
    traits = ("sparse", "full_batch", "averages", "second_order", "compares_losses", "owns_rate", "probes")
    sparse: ClassVar[bool] = False
    """Whether it takes the sparse gradients of ``nn.Embedding(sparse=True)``."""
    full_batch: ClassVar[bool] = False
    """Whether it needs all training examples in one batch."""
    averages: ClassVar[bool] = False
    """Whether it keeps a mean of the weights, which is what is judged."""
    second_order: ClassVar[bool] = False
    """Whether it differentiates the gradient once more."""
    compares_losses: ClassVar[bool] = False
    """Whether it compares losses with their gradients to find the length of a step."""
    owns_rate: ClassVar[bool] = False
    """Whether it finds its rate by itself, of which ``lr`` is a factor."""
    probes: ClassVar[bool] = False
    """Whether it evaluates each batch a second time, at other weights than those it steps from."""

    lr: float = hp(..., gt=0, search=log_uniform(1e-5, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    layer_decay: float = hp(
        1.0,
        gt=0,
        le=1,
        bound_source="Howard & Ruder, 2018, section 3.2: earlier layers learn more slowly",
        help="Rate of each layer, as a factor of the rate of the layer after it; the last layer has the base rate.",
    )

    def for_model(self, model: nn.Module, taken: Mapping[Parameter, Options] | None = None) -> TorchOptimizer:
        """The optimizer of a model's trainable parameters, in groups where they are not all treated alike.

        With ``taken`` it is that of these parameters alone. Their options go before those that it would give them:
        ``lr_scale``, a factor of the base rate, and ``weight_decay``.

        Raises:
            TrainingError: the model has sparse gradients, which this optimizer does not take.
        """
        from experiments.optimizers._build import for_model

        return for_model(self, model, taken)


class Decaying(Optimizer):
    """An optimizer with a decay of its own, apart from the gradient.

    It acts on weights; biases and normalization parameters, which have one dimension, are spared unless
    ``decay_biases`` says otherwise.
    """

    weight_decay: float = decay(1e-2)
    decay_biases: bool = hp(False, help="Decay biases and normalization parameters too.")


OPTIMIZERS = Kind("optimizer", Optimizer, "How gradients become steps")

declare(__name__)
