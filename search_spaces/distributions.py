"""Ranges as Optuna's distributions."""

from __future__ import annotations

from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from search_spaces.ranges import Range


def distribution_of(range_: Range) -> BaseDistribution:
    """What a trial that draws from the range is asked for."""
    asked = _Asked()
    range_.draw(asked, "")
    return asked.distribution


class _Asked:
    """Notes what is to be drawn, and draws the least."""

    distribution: BaseDistribution

    def suggest_float(self, _: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        self.distribution = FloatDistribution(low, high, step=step, log=log)
        return low

    def suggest_int(self, _: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        self.distribution = IntDistribution(low, high, step=step, log=log)
        return low

    def suggest_categorical(self, _: str, choices: list[Any]) -> Any:
        self.distribution = CategoricalDistribution(choices)
        return choices[0]
