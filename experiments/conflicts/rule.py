"""The form in which parts of a config declare that they do not go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from experiments.config import ExperimentConfig
from experiments.errors import Problem


@dataclass(frozen=True)
class Clash(Problem):
    """Parts of a config that do not go together: the place of the one that has to change, and why."""

    parts: tuple[str, ...] = ()
    """The parts, as the catalog names them: ``optimizer.lbfgs``, ``schedule``, ``training.batch_size`` …"""

    def concerns(self, kind: str, name: str) -> bool:
        """Whether a component, or its whole kind, is one of the parts."""
        return bool({kind, f"{kind}.{name}"} & {*self.parts})


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

    @cached_property
    def clash(self) -> Clash:
        """What is found where the rule holds."""
        return Clash(self.place, self.reason, (self.first, self.second))

    def concerns(self, kind: str, name: str) -> bool:
        """Whether the rule is about this component, or about its whole kind."""
        return self.clash.concerns(kind, name)
