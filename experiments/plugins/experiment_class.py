"""What a class of a user's module is: an experiment, half of one, a component, or none of ours."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from experiments.component import Component
from experiments.config import KEYS
from experiments.plugins.signatures import Unsuitable
from experiments.regularizers import Regularizer
from experiments.regularizers.roles import ROLES
from experiments.training_fields import Training

KNOWN = ("model", "data", "defaults", "name", "pretrained")
"""What is read of an experiment's class, beside its docstring."""
_BASES: Mapping[str, str] = {"model": "LightningModule", "data": "LightningDataModule"}


def is_experiment(value: type[Any]) -> bool:
    """Whether a class has both attributes of an experiment, be they right or wrong."""
    return all(hasattr(value, part) for part in _BASES)


def is_component(value: type[Any]) -> bool:
    """Whether a class is a component with a name of its own."""
    return issubclass(value, Component) and isinstance(value.model_fields["name"].default, str)


def refuse_nameless(component: type[Component], others: Sequence[type[Any]]) -> None:
    """A component without a name is the base of others, or was meant to have one.

    Raises:
        Unsuitable: no other class is derived from it.
    """
    if not any(issubclass(other, component) for other in others if other is not component):
        raise Unsuitable('it has no name of its own; write name: Literal["…"] = "…" in it')


def refuse_idle(component: type[Component]) -> None:
    """What has no role in a run would do nothing there, and one that is not filled would fail the run.

    Raises:
        Unsuitable: a method is missing that a role asks for, or a regularizer has no role.
    """
    missing = ", ".join(sorted(getattr(component, "__abstractmethods__", ())))
    if missing:
        raise Unsuitable(f"it does not define {missing}, which its base class asks for")
    if issubclass(component, Regularizer) and not issubclass(component, ROLES):
        roles = ", ".join(role.__name__ for role in ROLES)
        raise Unsuitable(f"it has no role in a run; derive it from one or more of {roles}, which studyhall has")


def nothing_in(module: Any, classes: Sequence[type[Any]]) -> str:
    """What to say of a module without experiment and component; those that it imports belong to other modules."""
    top = module.__name__.partition(".")[0]
    imported = [value for value in classes if value.__module__.partition(".")[0] == top and is_experiment(value)]
    where = "; ".join(f"{value.__name__} is defined in {value.__module__}: name that" for value in imported)
    return f"it defines no experiment, a class with `model` and `data`, and no component{where and f' ({where})'}"


def refuse_unknown_attributes(experiment: type[Any]) -> None:
    """Private names and classes that are defined within are the user's own affair.

    Raises:
        Unsuitable: a public attribute is none that is read, with what was likely meant.
    """
    unknown = dict(_public(experiment))
    if unknown:
        said = "; ".join(f"{name!r} {_remedy(name, value)}" for name, value in unknown.items())
        raise Unsuitable(f"nothing reads its attribute {said}")


def own_training(data: type[Any]) -> dict[str, Any]:
    """The batch size that the data module has by itself: it stands until somebody writes another."""
    argument = inspect.signature(data).parameters.get("batch_size")
    size = argument.default if argument is not None else None
    return {"batch_size": size} if type(size) is int and size > 0 else {}


def pretrained_paths(experiment: Any) -> list[str] | None:
    """The paths of submodules that come with their weights, if the experiment names them."""
    paths = getattr(experiment, "pretrained", None)
    if paths is None or (isinstance(paths, list | tuple) and all(isinstance(path, str) for path in paths)):
        return None if paths is None else list(paths)
    raise Unsuitable(f"its `pretrained` is no list of submodules' paths, e.g. ('encoder',): {paths!r}")


def refuse_half(value: type[Any], others: Sequence[type[Any]]) -> None:
    """A class that others of its module complete is their base, and one with a private name is nobody's experiment.

    Raises:
        Unsuitable: it has one attribute of an experiment, a module or a data module, and not the other.
    """
    present = [part for part, base in _BASES.items() if _derives_from(getattr(value, part, None), base)]
    completed = any(value in other.__mro__ and is_experiment(other) for other in others)
    if len(present) != 1 or completed or value.__name__.startswith("_"):
        return
    (missing,) = _BASES.keys() - present
    near = get_close_matches(missing, dict(_public(value)), n=1)
    meant = f" (is it {near[0]!r}?)" if near else ""
    remedy = f"give it one, a {_BASES[missing]} class, or a private name if it is no experiment"
    raise Unsuitable(f"it has the attribute {present[0]!r} and no {missing!r}{meant}; {remedy}")


def _public(experiment: type[Any]) -> Iterator[tuple[str, Any]]:
    owners = [owner for owner in experiment.__mro__ if owner is not object]
    for owner in reversed(owners):
        for name, value in vars(owner).items():
            within = inspect.isclass(value) and value.__qualname__.startswith(f"{owner.__qualname__}.")
            if name not in KNOWN and not name.startswith("_") and not within:
                yield name, value


def _remedy(name: str, value: Any) -> str:
    near = get_close_matches(name, KNOWN, n=1)
    if near:
        return f"(did you mean {near[0]!r}?)"
    if name in Training.model_fields:
        return f'(write defaults = {{"training": {{"{name}": …}}}})'
    if name in KEYS:
        return f'(write defaults = {{"{name}": …}})'
    if callable(value) or isinstance(value, property | classmethod | staticmethod):
        return "(a method belongs to the model or the data; one of your own begins with an underscore)"
    return f"(known are {', '.join(KNOWN)}; one of your own begins with an underscore)"


def _derives_from(value: Any, base: str) -> bool:
    """By name, because two packages have these bases, and neither need be loaded to say what is missing."""
    return inspect.isclass(value) and any(one.__name__ == base for one in value.__mro__)
