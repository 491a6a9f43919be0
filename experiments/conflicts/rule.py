"""The form in which parts of a config declare that they do not go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from experiments.config import ExperimentConfig


@dataclass(frozen=True)
class Rule:
    """Two parts that do not go together, where ``holds`` says so of a config.

    ``place`` is the path of the part that has to change; ``reason`` says why, and what to do instead.
    """

    first: str
    second: str
    place: str
    reason: str
    holds: Callable[[ExperimentConfig], object]
    refused: bool = True

    def concerns(self, kind: str, name: str) -> bool:
        """Whether the catalogue's entry of this component mentions the rule."""
        return bool({self.first, self.second} & {kind, f"{kind}.{name}"})
