"""Regularizers that bound the gradient, so that no single step reaches too far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

from experiments.component import hp, log_uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import Clipping

if TYPE_CHECKING:
    from torch import Tensor, nn

_NO_STEP = "a bound of zero would leave no gradient"


@REGULARIZERS.add
class ClipNorm(Clipping):
    """Scales the whole gradient down when its norm is larger than ``bound``; its direction stays (Pascanu, 2013).

    The reported ``grad_norm`` is that before clipping: its upper values are a guide for the bound.
    """

    target = "experiments.regularizers._clipping:clip_norm"
    formula = "g ← g · min(1, bound / ‖g‖₂)"
    source = "Pascanu, Mikolov & Bengio, 2013, On the difficulty of training recurrent neural networks"
    name: Literal["clip_norm"] = "clip_norm"
    aliases = ("gradient_clipping", "clip.norm")
    bound: float = hp(
        1.0, gt=0, search=log_uniform(0.1, 10.0), help="Largest norm of the whole gradient.", bound_source=_NO_STEP
    )

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """g ← g · min(1, bound / norm)."""
        self.build(parameters, norm)


@REGULARIZERS.add
class ClipValue(Clipping):
    """Cuts every entry of the gradient off at ``bound`` (Mikolov, 2012), which turns the gradient's direction."""

    target = "experiments.regularizers._clipping:clip_value"
    formula = "g ← min(max(g, -bound), bound), entry by entry"
    source = "Mikolov, 2012, Statistical language models based on neural networks"
    misconceptions = ("'Clipping keeps the direction of the gradient': by norm it does, by value it does not.",)
    sparse = False
    name: Literal["clip_value"] = "clip_value"
    aliases = ("clip.value",)
    bound: float = hp(
        0.1,
        gt=0,
        search=log_uniform(0.01, 1.0),
        help="Largest absolute value of an entry of the gradient.",
        bound_source=_NO_STEP,
    )

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """g ← min(max(g, -bound), bound)."""
        self.build(parameters)


@REGULARIZERS.add
class AdaptiveClipping(Clipping):
    """Bounds the gradient of each unit by a share of that unit's weights (Brock et al., 2021).

    A unit is a row of a matrix or a filter with all its inputs; a bias or a normalization parameter counts as one. The
    output layer, taken to be the last that has a weight, with its bias and what is declared after it, is left alone as
    in the paper.
    """

    target = "experiments.regularizers._clipping:clip_adaptively"
    formula = "g_i ← g_i · min(1, ratio · max(‖w_i‖, smallest) / ‖g_i‖) for each unit i"
    source = "Brock, De, Smith & Simonyan, 2021, High-performance large-scale image recognition without normalization"
    sparse = False
    withheld = frozenset({"head"})
    name: Literal["adaptive_clipping"] = "adaptive_clipping"
    aliases = ("agc", "clip.agc", "clip_adaptive")
    ratio: float = hp(
        0.01,
        gt=0,
        search=log_uniform(1e-3, 0.1),
        help="Largest norm of a unit's gradient, relative to that of its weights.",
        bound_source=_NO_STEP,
    )
    smallest: float = hp(
        1e-3,
        gt=0,
        help="What counts as the norm of weights that are smaller than it.",
        bound_source="without it, zero weights would never move; Brock et al., 2021, section 4",
    )
    head: bool = hp(False, help="Clip the output layer too.")

    def unclipped(self, module: nn.Module) -> Collection[Tensor]:
        """The output layer, unless it is clipped too."""
        from experiments.optimizers._groups import head

        return () if self.head else head(module)

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """g_i ← g_i · min(1, ratio · max(‖w_i‖, smallest) / ‖g_i‖)."""
        self.build(parameters)
