"""Regularizers that drop units while training, so that none can rely on the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from experiments.component import hp, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import HiddenLayer

if TYPE_CHECKING:
    from torch import nn

_PROBABILITY = "a probability below 1, or nothing would be left"


def _p(unit: str) -> Any:
    help_text = f"Probability that {unit} is dropped."
    return hp(0.2, ge=0, lt=1, search=uniform(0.0, 0.5), help=help_text, bound_source=_PROBABILITY)


@REGULARIZERS.add
class Dropout(HiddenLayer):
    """Zeroes each hidden unit by itself, and scales the rest up so that the mean stays (Srivastava et al., 2014).

    Inputs and outputs of the network are left alone. In evaluation nothing is dropped.
    """

    target = "torch.nn:Dropout"
    formula = "y = x · m / (1 - p), m ~ Bernoulli(1 - p) for each unit; in evaluation y = x"
    source = "Srivastava et al., 2014, Dropout: a simple way to prevent neural networks from overfitting"
    misconceptions = (
        "'Dropout mitigates vanishing gradients': nothing supports it; initialization, normalization and residual "
        "connections do.",
    )
    drops = True
    name: Literal["dropout"] = "dropout"
    aliases = ("reg.dropout",)
    p: float = _p("a unit")

    def layer(self, dimensions: int) -> nn.Module | None:
        """One that drops single units, whatever the dimensions."""
        module: nn.Module = self.build()
        return module


@REGULARIZERS.add
class AlphaDropout(HiddenLayer):
    """Sets hidden units to the lowest value of SELU, then keeps mean 0 and variance 1 (Klambauer et al., 2017).

    It is made for networks of SELU with LeCun's initialization, whose units have that mean and variance.
    """

    target = "torch.nn:AlphaDropout"
    formula = (
        "y = a · (x · m + α' · (1 - m)) + b, m ~ Bernoulli(1 - p), α' = -1.7581, a and b such that E y = 0, Var y = 1"
    )
    source = "Klambauer et al., 2017, Self-normalizing neural networks"
    drops = True
    name: Literal["alpha_dropout"] = "alpha_dropout"
    p: float = _p("a unit")

    def layer(self, dimensions: int) -> nn.Module | None:
        """One that drops single units, whatever the dimensions."""
        module: nn.Module = self.build()
        return module


@REGULARIZERS.add
class SpatialDropout(HiddenLayer):
    """Zeroes whole channels of a convolution's output, because neighbors in one are alike (Tompson et al., 2015).

    Layers without spatial dimensions (the dense ones behind the convolutions) are left alone.
    """

    target = "torch.nn:Dropout2d"
    formula = "y[c, …] = x[c, …] · m_c / (1 - p), m_c ~ Bernoulli(1 - p) for each channel c; in evaluation y = x"
    source = "Tompson et al., 2015, Efficient object localization using convolutional networks"
    name: Literal["spatial_dropout"] = "spatial_dropout"
    aliases = ("dropout2d", "dropout1d", "channel_dropout")
    p: float = _p("a channel")

    def layer(self, dimensions: int) -> nn.Module | None:
        """One that drops channels of that many dimensions."""
        from torch import nn

        makers = {1: nn.Dropout1d, 2: nn.Dropout2d}
        return makers[dimensions](self.p) if dimensions in makers else None


@REGULARIZERS.add
class VariationalDropout(HiddenLayer):
    """Drops the same hidden units in all time steps of a recurrent network (Gal & Ghahramani, 2016).

    The mask is drawn once per example. It stands behind each recurrent layer; the connections from one time step to the
    next inside of a cell, which the paper masks too, are left alone. Without time steps it is plain dropout.
    """

    target = "experiments.regularizers._dropout:VariationalDropout"
    formula = "y_t = x_t · m / (1 - p) for every time step t, m ~ Bernoulli(1 - p) for each unit, the same for all t"
    source = "Gal & Ghahramani, 2016, A theoretically grounded application of dropout in recurrent neural networks"
    drops = True
    name: Literal["variational_dropout"] = "variational_dropout"
    aliases = ("locked_dropout", "gal_dropout")
    p: float = _p("a unit")

    def layer(self, dimensions: int) -> nn.Module | None:
        """One that takes (batch, time, features) or (batch, features)."""
        module: nn.Module = self.build()
        return module
