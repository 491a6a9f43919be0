"""Draws by Optuna's random sampler, without the study and storage that a trial needs there: in half the time."""

from __future__ import annotations

from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import RandomSampler


class ByChance:
    """Draws what a trial of a study with ``RandomSampler(seed)`` would draw, in the same order (see ``Suggests``)."""

    def __init__(self, seed: int) -> None:
        self._sampler = RandomSampler(seed)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A number from low to high."""
        return float(self._draw(name, FloatDistribution(low, high, step=step, log=log), low))

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number from low to high."""
        return int(self._draw(name, IntDistribution(low, high, step=step, log=log), low))

    def suggest_categorical(self, name: str, choices: list[Any]) -> Any:
        """One of the choices."""
        return self._draw(name, CategoricalDistribution(choices), choices[0])

    def _draw(self, name: str, distribution: BaseDistribution, least: Any) -> Any:
        """Optuna asks no sampler for what has one value alone, and so draws no number for it."""
        if distribution.single():
            return least
        nobody: Any = None  # the sampler looks at neither study nor trial
        return self._sampler.sample_independent(nobody, nobody, name, distribution)
