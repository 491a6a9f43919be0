"""Regularizers that end a run before it fits the noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import hp, integers, log_uniform
from experiments.regularizers import REGULARIZERS, Regularizer


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
