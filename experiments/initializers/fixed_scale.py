"""Initializers whose scale the user chooses, whatever the layer's size."""

from __future__ import annotations

from typing import Any, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.initializers import INITIALIZERS, Initializer


@INITIALIZERS.add
class Normal(Initializer):
    """Gaussian with mean 0 and one standard deviation for all layers.

    Rumelhart, Hinton & Williams (1986) break the symmetry between units so.
    """

    target = "torch.nn.init:normal_"
    aliases = ("gaussian",)
    name: Literal["normal"] = "normal"
    std: float = hp(0.05, gt=0, search=log_uniform(1e-3, 1.0), help="Standard deviation of every weight.")


@INITIALIZERS.add
class Uniform(Initializer):
    """Uniform on [-bound, bound] for all layers, with variance bound²/3 (LeCun et al., 1998, discuss its scale)."""

    target = "torch.nn.init:uniform_"
    name: Literal["uniform"] = "uniform"
    bound: float = hp(0.05, gt=0, search=log_uniform(1e-3, 1.0), help="Largest absolute weight.")

    def arguments(self) -> dict[str, Any]:
        """The interval's two ends."""
        return {"a": -self.bound, "b": self.bound}


@INITIALIZERS.add
class TruncatedNormal(Initializer):
    """Gaussian with mean 0, without what lies beyond ``cut`` standard deviations (Burkardt, 2014).

    With the usual cut of 2 the standard deviation of what is drawn is 0.88 times ``std``.
    """

    target = "torch.nn.init:trunc_normal_"
    aliases = ("trunc_normal",)
    name: Literal["truncated_normal"] = "truncated_normal"
    std: float = hp(0.05, gt=0, search=log_uniform(1e-3, 1.0), help="Standard deviation before truncation.")
    cut: float = hp(2.0, gt=0, le=8, search=uniform(1.0, 3.0), help="Largest absolute weight, in standard deviations.")

    def arguments(self) -> dict[str, Any]:
        """The spread and the interval's two ends."""
        return {"std": self.std, "a": -self.cut * self.std, "b": self.cut * self.std}
