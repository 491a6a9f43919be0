"""Normalizations that are layers: they center or scale the signal before each activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import choice, hp, log_uniform
from experiments.normalizations import NORMALIZATIONS, Normalization

if TYPE_CHECKING:
    from torch import nn

_EPS = "Added to the variance, so that a constant signal is not divided by zero."
_POSITIVE = "a denominator is positive"


@NORMALIZATIONS.add
class NoNormalization(Normalization):
    """The signal as it is; the initializer alone keeps it in range."""

    formula = "y = x"
    source = "Glorot & Bengio, 2010, Understanding the difficulty of training deep feedforward neural networks"
    name: Literal["none"] = "none"


@NORMALIZATIONS.add
class BatchNorm(Normalization):
    """Centers and scales each feature over the batch while training, and by running statistics in evaluation.

    A batch of one example has no variance, so it is refused.
    """

    target = "experiments.normalizations._layers:batch_norm"
    formula = "y = γ · (x - mean) / √(var + eps) + β, with mean and var of each feature over the batch"
    source = "Ioffe & Szegedy, 2015, Batch normalization"
    misconceptions = (
        "“It works by reducing internal covariate shift” is contested: it makes the loss smoother "
        "(Santurkar et al., 2018).",
        "Code that keeps only the batch's statistics cannot predict single examples: evaluation needs running ones.",
    )
    aliases = ("batch_norm", "bn")
    over_batch = True
    name: Literal["batch"] = "batch"
    momentum: float = hp(
        0.1,
        gt=0,
        le=1,
        search=log_uniform(0.01, 0.3),
        help="Share of the newest batch in the running statistics.",
        bound_source="a share of an average",
    )
    eps: float = hp(1e-5, gt=0, help=_EPS, bound_source=_POSITIVE)

    def layer(self, width: int, dimensions: int) -> nn.Module | None:
        """torch's batch norm for the dimensions."""
        module: nn.Module = self.build(width, dimensions)
        return module


@NORMALIZATIONS.add
class LayerNorm(Normalization):
    """Centers and scales each example over all of its features, the same in training and evaluation.

    In convolutions it is over channels and positions, with γ and β per channel.
    """

    target = "experiments.normalizations._layers:layer_norm"
    formula = "y = γ · (x - mean) / √(var + eps) + β, with mean and var of each example over its features"
    source = "Ba, Kiros & Hinton, 2016, Layer normalization (arXiv 1607.06450)"
    aliases = ("layer_norm", "ln")
    name: Literal["layer"] = "layer"
    eps: float = hp(1e-5, gt=0, help=_EPS, bound_source=_POSITIVE)

    def layer(self, width: int, dimensions: int) -> nn.Module | None:
        """Group norm with a single group."""
        module: nn.Module = self.build(width)
        return module


@NORMALIZATIONS.add
class GroupNorm(Normalization):
    """Layer norm over groups of channels; where ``groups`` does not divide the width, the next smaller divisor does.

    In dense layers a group has two features or more, because nothing is left of a single one that is centered.
    """

    target = "experiments.normalizations._layers:group_norm"
    formula = "y = γ · (x - mean) / √(var + eps) + β, with mean and var of each example over a group of channels"
    source = "Wu & He, 2018, Group normalization (arXiv 1803.08494)"
    aliases = ("group_norm", "gn")
    name: Literal["group"] = "group"
    groups: int = hp(
        8, ge=1, search=choice(2, 4, 8, 16), help="Number of groups.", bound_source="there is at least one group"
    )
    eps: float = hp(1e-5, gt=0, help=_EPS, bound_source=_POSITIVE)

    def layer(self, width: int, dimensions: int) -> nn.Module | None:
        """torch's group norm."""
        module: nn.Module = self.build(width, dimensions)
        return module


@NORMALIZATIONS.add
class RMSNorm(Normalization):
    """Scales each example by the root mean square of its features, without centring; γ per channel, no β."""

    target = "experiments.normalizations._layers:RMSNorm"
    formula = "y = γ · x / √(mean(x²) + eps), with the mean over the features of each example"
    source = "Zhang & Sennrich, 2019, Root mean square layer normalization (arXiv 1910.07467)"
    aliases = ("rms_norm",)
    name: Literal["rms"] = "rms"
    eps: float = hp(1e-6, gt=0, help=_EPS, bound_source=_POSITIVE)

    def layer(self, width: int, dimensions: int) -> nn.Module | None:
        """Our own, which takes images too."""
        module: nn.Module = self.build(width)
        return module
