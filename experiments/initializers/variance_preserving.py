"""Initializers that choose the scale from the layer's size, so that signals neither grow nor fade with depth."""

from __future__ import annotations

from typing import Literal

from experiments.component import choice, hp, uniform
from experiments.initializers import INITIALIZERS, Initializer

_GAIN = "Factor of the standard deviation; 1 suits linear layers and tanh, sqrt(2) ReLU, 4 sigmoid."


@INITIALIZERS.add
class XavierNormal(Initializer):
    """Gaussian with variance gain² · 2 / (fan_in + fan_out) (Glorot & Bengio, 2010).

    The derivation assumes an activation that is linear at 0 with slope 1 and mean 0, such as tanh. Sigmoid is neither:
    it needs a gain of 4.
    """

    target = "torch.nn.init:xavier_normal_"
    aliases = ("xavier", "glorot", "glorot_normal")
    name: Literal["xavier_normal"] = "xavier_normal"
    gain: float = hp(1.0, gt=0, search=uniform(0.5, 2.0), help=_GAIN)


@INITIALIZERS.add
class XavierUniform(Initializer):
    """Uniform with variance gain² · 2 / (fan_in + fan_out) (Glorot & Bengio, 2010)."""

    target = "torch.nn.init:xavier_uniform_"
    aliases = ("glorot_uniform",)
    name: Literal["xavier_uniform"] = "xavier_uniform"
    gain: float = hp(1.0, gt=0, search=uniform(0.5, 2.0), help=_GAIN)


class _Kaiming(Initializer):
    mode: Literal["fan_in", "fan_out"] = hp(
        "fan_in",
        search=choice("fan_in", "fan_out"),
        help="Keep the variance of the signal going forward (fan_in) or of the gradient coming back (fan_out).",
    )
    a: float = hp(0.0, ge=0, le=1, help="Negative slope of the leaky ReLU that follows; 0 is ReLU.")


@INITIALIZERS.add
class KaimingNormal(_Kaiming):
    """Gaussian with variance 2 / ((1 + a²) · fan) for ReLU networks (He et al., 2015).

    It keeps the signal's variance through many layers. It does not prevent dead units: for those take leaky ReLU or a
    lower learning rate.
    """

    target = "torch.nn.init:kaiming_normal_"
    aliases = ("he", "he_normal", "kaiming")
    name: Literal["kaiming_normal"] = "kaiming_normal"


@INITIALIZERS.add
class KaimingUniform(_Kaiming):
    """Uniform with variance 2 / ((1 + a²) · fan) for ReLU networks (He et al., 2015)."""

    target = "torch.nn.init:kaiming_uniform_"
    aliases = ("he_uniform",)
    name: Literal["kaiming_uniform"] = "kaiming_uniform"


@INITIALIZERS.add
class Orthogonal(Initializer):
    """A random (semi-)orthogonal matrix times ``gain`` (Saxe, McClelland & Ganguli, 2014).

    A convolution's kernel is flattened to (out_channels, in_channels · kernel size) first.
    """

    target = "torch.nn.init:orthogonal_"
    name: Literal["orthogonal"] = "orthogonal"
    gain: float = hp(1.0, gt=0, search=uniform(0.8, 1.5), help=_GAIN)
