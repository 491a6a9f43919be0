"""Normalizations that are another form of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import hp, integers
from experiments.normalizations import NORMALIZATIONS, Normalization

if TYPE_CHECKING:
    from torch import nn


class _Reparametrization(Normalization):
    reparametrizes = True

    def reparametrize(self, network: nn.Module) -> None:
        """Every linear and convolutional layer gets the form, after its weights were drawn."""
        from experiments.normalizations._weights import reparametrize

        reparametrize(network, self.build)


@NORMALIZATIONS.add
class WeightNorm(_Reparametrization):
    """Trains length and direction of each unit's weights apart from each other.

    It starts as the very function that the initializer drew, and leaves the signal itself alone.
    """

    target = "torch.nn.utils.parametrizations:weight_norm"
    formula = "w = g · v / ‖v‖ for each unit, with g and v trained"
    source = "Salimans & Kingma, 2016, Weight normalization (arXiv 1602.07868)"
    aliases = ("weight_norm",)
    name: Literal["weight"] = "weight"


@NORMALIZATIONS.add
class SpectralNorm(_Reparametrization):
    """Divides each weight matrix by its largest singular value, so that no layer stretches its input.

    The singular value is estimated by power iteration, one or more steps at each pass of training.
    """

    target = "torch.nn.utils.parametrizations:spectral_norm"
    formula = "W ← W / σ(W), with σ the largest singular value of the matrix (out, in · kernel)"
    source = "Miyato et al., 2018, Spectral normalization for generative adversarial networks (arXiv 1802.05957)"
    aliases = ("spectral_norm",)
    bounds_scale = True
    name: Literal["spectral"] = "spectral"
    n_power_iterations: int = hp(
        1,
        ge=1,
        le=100,
        search=integers(1, 5),
        help="Steps of the power iteration at each pass.",
        bound_source="Miyato et al., 2018, take one",
    )
