"""A search space: constants, ranges at their leaves, and choices of components, checked against the catalog.

A space is a row of *slots* (the optimizer, the schedule, one regularizer, the batch size …). A slot has one or more
*branches*, the alternatives of which a configuration takes one. A branch is a part of an experiment config with ranges
at some of its leaves. So a space has two levels, and everything (counting, enumerating, sampling) walks slots, then the
ranges of the branch that was taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any, Literal

from experiments.errors import InvalidInput, Problem
from experiments.training_fields import Training
from search_spaces.conditions import Condition
from search_spaces.leaves import Leaf, OnOff, Parameter, parameters_of
from search_spaces.ranges import Choice, Range

EPOCHS = "training.epochs"
"""Where the length of a run stands."""
BareName = Literal["ranges", "defaults"]
"""What a component without fields means: the default ranges of all its fields, or their defaults."""


@dataclass(frozen=True)
class Branch:
    """One alternative of a slot: ``content`` is a part of a config whose leaves may be ranges; None leaves it out."""

    label: Any
    """The component's name; for an optional regularizer, whether it is on; None for a part that is no component."""
    path: str
    """Where its parameters stand, e.g. ``optimizer.adamw``."""
    content: Any
    place: str = field(default="", compare=False)
    """Where the user wrote it, e.g. ``optimizer.choice.1``; errors point there."""
    bare: BareName | None = field(default=None, compare=False)
    """How a component that names no field was read; None where it names one, or has none that could vary."""

    @cached_property
    def leaves(self) -> dict[str, Leaf]:
        """What varies at the leaves, by dotted parameter path."""
        return dict(_leaves(self.content, self.path))

    def filled(self, values: Mapping[str, Any]) -> Any:
        """The content with each leaf that varies replaced by the value at its parameter path."""
        return _filled(self.content, self.path, values)

    def grid_size(self, points: int | None) -> int:
        """How many ways there are to fill the content on a grid."""
        return prod(grid_axis(path, leaf, points) for path, leaf in self.leaves.items())


@dataclass(frozen=True)
class Slot:
    """A part of the config with its alternatives; ``path`` is where it stands, and names the choice."""

    path: str
    branches: tuple[Branch, ...]

    @cached_property
    def choice(self) -> Choice | None:
        """The range over the branches, where there are several."""
        return Choice(tuple(branch.label for branch in self.branches)) if len(self.branches) > 1 else None

    def parameters(self) -> Iterator[Parameter]:
        """The choice itself, then the parameters of each branch."""
        if self.choice:
            yield Parameter(self.path, self.choice)
        for branch in self.branches:
            taken = [f"{self.path} = {_word(branch.label)}"] if self.choice else []
            for path, leaf in branch.leaves.items():
                for each in parameters_of(path, leaf):
                    conditions = [*taken, *filter(None, [each.condition])]
                    yield replace(each, condition=" and ".join(conditions))

    def grid_size(self, points: int | None) -> int:
        """How many alternatives there are on a grid, over all branches."""
        return sum(branch.grid_size(points) for branch in self.branches)


@dataclass(frozen=True)
class SearchSpace:
    """What may vary, and what is fixed."""

    slots: tuple[Slot, ...]
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the config that no slot holds: seed, monitor …"""
    metrics: tuple[str, ...] = ()
    """The metrics every configuration reports; empty where a user's own module decides what it measures."""
    warnings: tuple[str, ...] = ()
    """What is allowed, but unwise."""
    conditions: tuple[Condition, ...] = ()
    """What every configuration must fulfil beside lying in the ranges."""
    plain: bool = False
    """Whether its parameters are names of the user's own, for a training of which nothing is known here."""

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Everything that varies, in a fixed order."""
        return tuple(parameter for slot in self.slots for parameter in slot.parameters())

    @cached_property
    def most_epochs(self) -> int:
        """The epochs of the longest run."""
        epochs = next((slot.branches[0].content for slot in self.slots if slot.path == EPOCHS), None)
        values = epochs.probes() if isinstance(epochs, Range) else (epochs or Training().epochs,)
        return int(max(values))

    def grid_size(self, points: int | None = None) -> int:
        """How many configurations a grid has; ``points`` serves ranges that name none. Nothing is built.

        Raises:
            InvalidInput: naming each continuous range without points.
        """
        without = [parameter for parameter in self.parameters if parameter.range.size(points) is None]
        if without:
            raise InvalidInput(
                Problem(each.path, f"{each.range} has no grid; write `points: n` beside it, or `points` at the sampler")
                for each in without
            )
        return prod(slot.grid_size(points) for slot in self.slots)

    def assembled(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """A config mapping from the filled content of each slot; a part that is left out is not in it."""
        if self.plain:
            return {
                "parameters": {path: content for path, content in parts.items() if path != EPOCHS},
                "training": {"epochs": parts[EPOCHS]},
            }
        config: dict[str, Any] = {**self.constants, "regularizers": {}, "training": {}}
        for path, content in parts.items():
            section, _, name = path.partition(".")
            if name and content is not None:
                config[section][name] = content
            elif not name:
                config[section] = content
        return config


def grid_axis(path: str, leaf: Leaf, points: int | None) -> int:
    """The number of values of a leaf on a grid.

    Raises:
        InvalidInput: a continuous range without points.
    """
    size = leaf.size(points)
    if size is None:
        raise InvalidInput.at(path, f"{leaf} has no grid; write `points: n` beside it")
    return size


def _leaves(content: Any, path: str) -> Iterator[tuple[str, Leaf]]:
    if isinstance(content, Range | OnOff):
        yield path, content
    for key, item in _items(content):
        yield from _leaves(item, f"{path}.{key}")


def _filled(content: Any, path: str, values: Mapping[str, Any]) -> Any:
    if isinstance(content, Range | OnOff):
        return values[path]
    if isinstance(content, Mapping):
        return {key: _filled(item, f"{path}.{key}", values) for key, item in content.items()}
    if isinstance(content, list):
        return [_filled(item, f"{path}.{index}", values) for index, item in enumerate(content)]
    return content


def _items(content: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(content, Mapping):
        yield from content.items()
    elif isinstance(content, list):
        yield from enumerate(content)


def _word(label: Any) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)
