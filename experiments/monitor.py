"""What a run is judged by while it trains."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from experiments.exact import Exact
from experiments.metrics import Direction, doubts, stated_or_known


class Monitor(Exact):
    """The metric that decides which epoch was the best, and that adaptive schedules and early stopping watch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = "val_loss"
    direction: Direction = Field(
        default_factory=lambda: None, validate_default=True, description="Left out, it follows from the metric."
    )

    @field_validator("direction", mode="before")
    @classmethod
    def _stated_or_known(cls, direction: Any, others: ValidationInfo) -> Any:
        return stated_or_known(direction, others.data.get("metric"))

    def warnings(self) -> list[str]:
        """What is doubtful about it, in words a user can act on."""
        return doubts(self.metric, self.direction)

    def oriented(self, value: float) -> float:
        """The value turned so that lower is better."""
        return value if self.direction == "minimize" else -value
