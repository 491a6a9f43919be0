"""Draws by chance alone, for previews and checks: without Optuna, which takes longer to import than they take."""

from __future__ import annotations

import math
import random
from typing import Any


class Chance:
    """Draws each value uniformly, or uniformly in the logarithm; equal seeds draw alike."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def suggest_float(self, _: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> float:
        """A number from low to high; with a step, one of low, low + step, …"""
        if step is not None:
            return low + step * self._random.randint(0, round((high - low) / step))
        if log:
            return min(max(math.exp(self._random.uniform(math.log(low), math.log(high))), low), high)
        return self._random.uniform(low, high)

    def suggest_int(self, _: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number; in the logarithm each has the room between its neighbors."""
        if log:
            return min(max(round(self.suggest_float("", low - 0.5, high + 0.5, log=True)), low), high)
        return self._random.randrange(low, high + 1, step)

    def suggest_categorical(self, _: str, choices: list[Any]) -> Any:
        """One of the choices."""
        return self._random.choice(choices)
