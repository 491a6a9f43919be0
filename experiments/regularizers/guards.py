"""Regularizers that bound what training may do: how far a step reaches, and how long it goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from experiments.component import hp, integers, log_uniform
from experiments.regularizers import REGULARIZERS, Regularizer

if TYPE_CHECKING:
    from torch import Tensor


@REGULARIZERS.add
class ClipNorm(Regularizer):
    """Scales the gradient down to ``bound`` when its norm is larger; its direction stays (Pascanu et al., 2013)."""

    target = "experiments.regularizers._clipping:clip_norm"
    name: Literal["clip_norm"] = "clip_norm"
    aliases = ("gradient_clipping", "clip.norm")
    bound: float = hp(1.0, gt=0, search=log_uniform(0.1, 10.0), help="Largest norm of the whole gradient.")

    def clip(self, parameters: Sequence[Tensor], norm: Tensor) -> None:
        """g ← g · min(1, bound / norm)."""
        self.build(parameters, norm)


@REGULARIZERS.add
class EarlyStopping(Regularizer):
    """Ends the run after ``patience`` epochs without an improvement by more than ``min_delta`` (Prechelt, 1998).

    The result is that of the best epoch, as always.
    """

    name: Literal["early_stopping"] = "early_stopping"
    patience: int = hp(5, ge=1, search=integers(3, 30), help="Epochs without improvement until the run ends.")
    min_delta: float = hp(0.0, ge=0, search=log_uniform(1e-5, 1e-2), help="Smallest change that counts.")

    def stop(self, history: Sequence[float]) -> str:
        """The reason, once ``patience`` epochs have brought no improvement."""
        best, since = math.inf, 0
        for value in history:
            best, since = (value, 0) if value < best - self.min_delta else (best, since + 1)
        return f"stopped early: no improvement in {since} epochs" if since >= self.patience else ""
