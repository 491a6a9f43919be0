"""The form in which parts of a config declare that they do not go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from experiments.component import Component, Kind
from experiments.config import ExperimentConfig
from experiments.errors import Problem


def having(kind: Kind[Any], trait: str) -> tuple[str, ...]:
    """The names of the members of a kind that have a trait, a user's own among them."""
    if trait not in kind.base.traits:
        raise KeyError(f"{kind.name} has no trait {trait!r}")
    return tuple(member.id() for member in kind if getattr(member, trait, False))


def has(component: Component | None, trait: str) -> bool:
    """Whether a part of a config is there and has a trait."""
    return bool(getattr(type(component), trait, False))


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
