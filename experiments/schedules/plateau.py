"""The schedule that watches the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from experiments.component import hp, integers, log_uniform, uniform
from experiments.schedules import FACTOR, SCHEDULES, Schedule

EPOCHS = "a number of epochs"


@SCHEDULES.add
class Plateau(Schedule):
    """Falls when the monitored metric stops improving: the only schedule that adapts to the run.

    After more than ``patience`` epochs without an improvement over the best by more than ``threshold`` (absolute), the
    factor is multiplied by ``gamma``, and the count starts again. Epochs in which the metric was not logged, or was not
    finite, do not count. It changes between epochs whatever the interval.
    """

    adaptive = True
    stretched = False
    name: Literal["plateau"] = "plateau"
    aliases = ("reduce_on_plateau", "reduce_lr_on_plateau")
    formula = "factor = max(lowest, γ^falls);\n"
    formula += "a fall after more than patience epochs in a row with metric ≥ best − threshold (lower is better)"
    source = "Bengio, 2012, Practical Recommendations for Gradient-Based Training, arXiv:1206.5533, section 3.1"
    misconceptions = (
        "“Adaptive learning rate scheduling” is said of cosine, step and cyclic schedules too. Those are set in "
        "advance; this one alone looks at the metric.",
        "The threshold is taken for a relative one, as torch's default is. Here it is absolute, in the metric's unit.",
    )
    gamma: float = hp(
        0.5,
        gt=0,
        lt=1,
        search=uniform(0.1, 0.7),
        bound_source="a fall is a factor below 1",
        help="Factor of each fall.",
    )
    patience: int = hp(
        3, ge=0, le=100_000, search=integers(2, 15), bound_source=EPOCHS, help="Epochs without improvement borne."
    )
    threshold: float = hp(
        1e-4,
        ge=0,
        search=log_uniform(1e-5, 1e-2),
        bound_source="a change of the metric for the better",
        help="Smallest change that counts.",
    )
    lowest: float = hp(1e-4, ge=0, le=1, bound_source=FACTOR, help="The factor falls no lower.")

    def at(self, progress: float, history: Sequence[float]) -> float:
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
