"""The metric that judges a run, and the one rule that says which of its epochs counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from experiments.exact import Exact
from experiments.metrics import Direction, doubts, stated_or_known


class Monitor(Exact):
    """The metric that judges a run; adaptive schedules and early stopping watch it.

    Only finite values judge: an epoch in which the metric was not logged, or was NaN or infinite, is passed over. Of
    the others the ``best`` counts (of equal ones the first), or the ``last``. Metrics, checkpoint, exported model,
    pictures and test result of a run are those of that epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = Field("val_loss", description="A metric of the learning curves, e.g. `val_accuracy`.")
    direction: Direction = Field(
        default_factory=lambda: None,
        validate_default=True,
        description="Left out, it follows from the metric; a metric whose direction is not known needs it.",
    )
    reduce: Literal["best", "last"] = Field(
        "best",
        description="Which epoch counts, of those with a finite value: value, metrics, checkpoint, model, pictures and "
        "test result are all of that epoch.",
    )

    @field_validator("direction", mode="before")
    @classmethod
    def _stated_or_known(cls, direction: Any, others: ValidationInfo) -> Any:
        return stated_or_known(direction, others.data.get("metric"))

    def warnings(self) -> list[str]:
        """What is doubtful about it, in words a user can act on."""
        return doubts(self.metric, self.direction)

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
