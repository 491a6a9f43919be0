"""Arguments that a study cannot hold, such as a network: an experiment class gives them in code.

::

    class MyExperiment:
        model, data = LitModule, Csv
        defaults = {"model": {"net": Net, "optimizer": partial(torch.optim.Adam, lr=1e-3)}}

A class, and whatever needs no arguments, is called anew for each run, and its own plain arguments become fields of the
model (``net_width``). What needs arguments, as a partial optimizer does, is the argument itself; so is the class of an
optimizer.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakSet

from experiments.component import Component, resolve
from experiments.errors import TrainingError

PARTS = ("model", "data")
_MADE: WeakSet[Any] = WeakSet()
"""The networks that this process has been given and still has."""


@dataclass(frozen=True)
class Given:
    """An argument that an experiment class gives, as JSON can hold it."""

    experiment: str
    """``module:class``."""
    part: str
    """One of ``PARTS``."""
    argument: str
    shown: str
    """What it is, for the catalog."""

    def make(self, fields: Mapping[str, Any]) -> Any:
        """The argument for one run; ``fields`` are arguments of what makes it.

        Raises:
            TrainingError: the network was given to another run already, which has trained it.
        """
        from torch import nn

        giver = resolve(self.experiment).defaults[self.part][self.argument]
        made = giver(**fields) if is_called(giver) else giver
        if isinstance(made, nn.Module):
            if made in _MADE:
                place = f"defaults[{self.part!r}][{self.argument!r}] of {self.experiment}"
                raise TrainingError(f"{place} gave the same network twice: let it make a new one at each call")
            _MADE.add(made)
        return made


class WithGiven(Component):
    """A user's own class of which the experiment gives arguments; a field called ``net.width`` there is one of them."""

    given: ClassVar[tuple[Given, ...]]

    def arguments(self) -> dict[str, Any]:
        """The fields, and what is made of those that belong to a given argument."""
        arguments = super().arguments()
        for given in self.given:
            prefix = f"{given.argument}."
            own = [name for name in arguments if name.startswith(prefix)]
            fields = {name.removeprefix(prefix): arguments.pop(name) for name in own}
            arguments[given.argument] = given.make(fields)
        return arguments


Givers = dict[str, Callable[..., Any]]
"""Argument to what gives it."""


def divided(defaults: Any) -> tuple[Any, dict[str, Givers]]:
    """An experiment's ``defaults`` without the arguments that JSON cannot hold, and these, by part.

    Raises:
        ValueError: one is an object that all runs would share.
    """
    givers: dict[str, Givers] = {part: {} for part in PARTS}
    if not isinstance(defaults, Mapping):
        return defaults, givers
    plain = dict(defaults)
    for part in PARTS:
        fields = defaults.get(part)
        if isinstance(fields, Mapping):
            givers[part] = {name: _giver(part, name, value) for name, value in fields.items() if not _is_json(value)}
            plain[part] = {name: value for name, value in fields.items() if name not in givers[part]}
    return plain, givers


def _giver(part: str, argument: str, value: Any) -> Callable[..., Any]:
    if inspect.isclass(value) or inspect.isroutine(value) or isinstance(value, functools.partial):
        return value
    remedy = "write a function that makes it for each run: lambda: …"
    raise ValueError(f"`defaults[{part!r}][{argument!r}]` is an object that all runs would share; {remedy}")


def is_called(value: Callable[..., Any]) -> bool:
    """Whether an argument is what this returns, made anew for each run, and not this itself."""
    from torch.optim import Optimizer

    if inspect.isclass(value):
        return not issubclass(value, Optimizer)  # what it optimizes, only the module knows
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:  # of some functions in C nobody knows what they need
        return False
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(each.default is not each.empty or each.kind in optional for each in parameters)


def shown(value: Any) -> str:
    """What is given, in a word or two: ``Net``, ``a function``, ``a partial Adam``."""
    if isinstance(value, functools.partial):
        return f"a partial {shown(value.func)}"
    name = str(getattr(value, "__qualname__", ""))
    return "a function" if "<lambda>" in name else name


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
