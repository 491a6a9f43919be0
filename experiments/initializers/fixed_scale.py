"""Initializers whose scale the user chooses, whatever the layer's size, and torch's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.initializers import INITIALIZERS, Initializer

if TYPE_CHECKING:
    from torch import nn

_SPREAD = "a standard deviation is positive"
_TOO_SMALL = (
    "'A small scale is always the safe choice.' With depth the signal shrinks by a factor at every layer: the scale "
    "has to follow the size of the layer, as in kaiming_normal or xavier_normal."
)


@INITIALIZERS.add
class TorchDefault(Initializer):
    """What torch's layers do by themselves when they are made: uniform weights, and uniform biases.

    Recurrent layers draw everything from ±1/√hidden, whatever the size of their input, and the forget gates of LSTMs
    get no bias of their own.
    """

    aliases = ("default", "pytorch_default")
    formula = "w, b ~ U(-1/√fan_in, 1/√fan_in), so Var(w) = 1 / (3 · fan_in)"
    source = (
        "PyTorch, Linear.reset_parameters: kaiming_uniform with a = √5; after LeCun et al. (1998), Efficient BackProp"
    )
    misconceptions = (
        "'Torch initializes with He's method.' It calls kaiming_uniform with a = √5, which gives a sixth of He's "
        "variance: a deep ReLU network fades.",
    )
    breaks_selu = True
    name: Literal["torch_default"] = "torch_default"

    def initialize(self, model: nn.Module) -> None:
        """Let every linear, convolutional and recurrent layer draw its weights and biases anew."""
        from experiments.initializers._apply import LAYERS

        for layer in model.modules():
            if isinstance(layer, LAYERS):
                layer.reset_parameters()


@INITIALIZERS.add
class Normal(Initializer):
    """Gaussian with mean 0 and one standard deviation for all layers, which breaks the symmetry between units."""

    target = "torch.nn.init:normal_"
    aliases = ("gaussian", "random_normal")
    formula = "w ~ N(0, std²)"
    source = "Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors"
    misconceptions = (_TOO_SMALL,)
    breaks_selu = True
    name: Literal["normal"] = "normal"
    std: float = hp(
        0.05, gt=0, search=log_uniform(1e-3, 1.0), help="Standard deviation of every weight.", bound_source=_SPREAD
    )


@INITIALIZERS.add
class Uniform(Initializer):
    """Uniform around 0, with the same bound for all layers."""

    target = "torch.nn.init:uniform_"
    aliases = ("random_uniform",)
    formula = "w ~ U(-bound, bound), so Var(w) = bound² / 3"
    source = "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp"
    misconceptions = (_TOO_SMALL,)
    breaks_selu = True
    name: Literal["uniform"] = "uniform"
    bound: float = hp(
        0.05,
        gt=0,
        search=log_uniform(1e-3, 1.0),
        help="Largest absolute weight.",
        bound_source="the interval has a length",
    )

    def arguments(self) -> dict[str, Any]:
        """The interval's two ends."""
        return {"a": -self.bound, "b": self.bound}


@INITIALIZERS.add
class TruncatedNormal(Initializer):
    """Gaussian with mean 0, without what lies beyond ``cut`` standard deviations.

    With the usual cut of 2 the standard deviation of what is drawn is 0.88 times ``std``; ``variance_scaling`` makes up
    for that.
    """

    target = "torch.nn.init:trunc_normal_"
    aliases = ("trunc_normal",)
    formula = "w ~ N(0, std²) given |w| ≤ cut · std;  Var(w) = std² · (1 - 2 · cut · φ(cut) / (2Φ(cut) - 1))"
    source = "Burkardt (2014), The truncated normal distribution"
    misconceptions = (
        "'Its standard deviation is std.' That is the one before truncation; cut at 2, what is drawn has 0.88 of it.",
        "'torch.nn.init.trunc_normal_ cuts at two standard deviations.' It cuts at ±2 in absolute terms unless told "
        "otherwise, which is no cut at all for small std.",
    )
    breaks_selu = True
    name: Literal["truncated_normal"] = "truncated_normal"
    std: float = hp(
        0.05, gt=0, search=log_uniform(1e-3, 1.0), help="Standard deviation before truncation.", bound_source=_SPREAD
    )
    cut: float = hp(
        2.0,
        gt=0,
        le=8,
        search=uniform(1.0, 3.0),
        help="Largest absolute weight, in standard deviations.",
        bound_source="beyond 8 deviations float32 draws nothing",
    )

    def arguments(self) -> dict[str, Any]:
        """The spread and the interval's two ends."""
        return {"std": self.std, "a": -self.cut * self.std, "b": self.cut * self.std}
