"""The metric that judges a run, and the one rule that says which of its epochs counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Monitor(BaseModel):
    """The metric that judges a run; adaptive schedules and early stopping watch it.

    Only finite values judge: an epoch in which the metric was not logged, or was NaN or infinite, is passed over. Of
    the others the ``best`` counts (of equal ones the first), or the ``last``. Metrics, checkpoint, exported model,
    pictures and test result of a run are those of that epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = "val_loss"
    direction: Literal["minimize", "maximize"] = "minimize"
    reduce: Literal["best", "last"] = "best"

    def value(self, metrics: Mapping[str, float]) -> float | None:
        """The metric among those of an epoch; nothing where it is missing or not finite."""
        value = metrics.get(self.metric)
        return value if value is not None and math.isfinite(value) else None

    def oriented(self, value: float) -> float:
        """The value turned so that lower is better."""
        return value if self.direction == "minimize" else -value

    def supersedes(self, value: float, judged: float | None) -> bool:
        """Whether an epoch with this value counts in the place of the one that counted so far; None if none did."""
        return judged is None or self.reduce == "last" or self.oriented(value) < self.oriented(judged)

    def judged_epoch(self, values: Mapping[int, float]) -> int | None:
        """The epoch that counts, of the finite values of all epochs; nothing without any."""
        judged: int | None = None
        for epoch in sorted(values):
            if self.supersedes(values[epoch], None if judged is None else values[judged]):
                judged = epoch
        return judged
