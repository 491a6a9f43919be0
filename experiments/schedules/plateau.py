"""The schedule that watches the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import hp, integers, log_uniform, uniform
from experiments.schedules import SCHEDULES, Schedule


@SCHEDULES.add
class Plateau(Schedule):
    """Falls when the monitored metric stops improving (Bengio, 2012, section 3.1, describes the practice).

    The only adaptive one: after more than ``patience`` epochs without an improvement over the best by at least
    ``threshold`` (absolute), the factor is multiplied by ``gamma``, and the count starts again.
    """

    name: Literal["plateau"] = "plateau"
    aliases = ("reduce_on_plateau",)
    gamma: float = hp(0.5, gt=0, lt=1, search=uniform(0.1, 0.7), help="Factor of each fall.")
    patience: int = hp(3, ge=0, search=integers(2, 15), help="Epochs without improvement that are borne.")
    threshold: float = hp(1e-4, ge=0, search=log_uniform(1e-5, 1e-2), help="Smallest change that counts.")
    lowest: float = hp(1e-4, ge=0, le=1, help="The factor falls no lower.")

    def shape(self, progress: float, history: Sequence[float]) -> float:
        """gamma to the number of falls that the history so far has brought."""
        best, waited, falls = math.inf, 0, 0
        for value in history:
            if value < best - self.threshold:
                best, waited = value, 0
            else:
                waited += 1
            if waited > self.patience:
                falls, waited = falls + 1, 0
        return max(self.lowest, self.gamma**falls)
