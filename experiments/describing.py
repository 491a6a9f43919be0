"""Imports users' own modules and describes what they bring; runs in a process of its own, and in workers.

``python -P -m experiments.describing MODULE…`` prints the description as one line of JSON.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from experiments.catalogue import KINDS
from experiments.component import Component, Kind
from experiments.data import Data
from experiments.foreign import COMPONENT_GROUP, EXPERIMENT_GROUP, register_experiment
from experiments.models import Model
from experiments.signatures import Unsuitable, field_of_model, fields_of_constructor

_FROM_CONFIG = ("batch_size", "seed", "fold", "folds")


def load(modules: Sequence[str] = ()) -> dict[str, Any]:
    """Import everything that is installed or listed, register it here with its real classes, and describe it.

    What cannot be imported or described is listed under ``refused`` with the reason; the rest is not affected.
    """
    found: dict[str, Any] = {"experiments": [], "components": [], "refused": []}
    for name, take in _offers(modules):
        try:
            take(found)
        except (Exception, SystemExit) as error:  # a user's module may raise anything while it is imported
            reason = str(error) if isinstance(error, Unsuitable) else f"{type(error).__name__}: {error}"
            found["refused"].append({"name": name, "reason": reason})
    return found


def _offers(modules: Sequence[str]) -> Iterator[tuple[str, Callable[[dict[str, Any]], None]]]:
    for point in entry_points(group=EXPERIMENT_GROUP):
        yield point.name, partial(_take_experiment_of, point)
    for point in entry_points(group=COMPONENT_GROUP):
        yield point.name, partial(_take_component_of, point)
    for module in modules:
        yield module, partial(_take_module, module)


def _take_experiment_of(point: EntryPoint, found: dict[str, Any]) -> None:
    _take_experiment(point.name, point.load(), found)


def _take_component_of(point: EntryPoint, found: dict[str, Any]) -> None:
    _take_component(point.load(), found)


def _take_module(name: str, found: dict[str, Any]) -> None:
    """Every component and every experiment that a module defines."""
    module = importlib.import_module(name)
    own = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == name]
    for value in own:
        if issubclass(value, Component) and isinstance(value.model_fields["name"].default, str):
            _take_component(value, found)
        elif hasattr(value, "model") and hasattr(value, "data"):
            _take_experiment(getattr(value, "name", _kebab(value.__name__)), value, found)


def _take_component(component: Any, found: dict[str, Any]) -> None:
    kind = _kind_of(component)
    component.code_hash = code_hash(component)
    kind.replace(component)
    found["components"].append(
        {
            "kind": kind.name,
            "name": component.id(),
            "summary": inspect.cleandoc(component.__doc__ or ""),
            "target": f"{component.__module__}:{component.__qualname__}",
            "code_hash": component.code_hash,
            "attributes": {"aliases": list(component.aliases), **_attributes(component)},
            "fields": [field_of_model(name, field) for name, field in component.hyperparameters().items()],
        }
    )


def _attributes(component: Any) -> dict[str, Any]:
    """What configs are judged by beside the fields, and what the catalogue says of it."""
    judged, said = ("needs", "dimensions", "task", "shape"), ("formula", "source", "misstatements", "extra", "adaptive")
    return {name: getattr(component, name) for name in (*judged, *said) if hasattr(component, name)}


def _kind_of(component: Any) -> Kind[Any]:
    for kind in KINDS.values():
        if inspect.isclass(component) and issubclass(component, kind.base):
            return kind
    bases = ", ".join(kind.base.__name__ for kind in KINDS.values())
    raise Unsuitable(f"{component!r} is no component; derive it from one of {bases}")


def _take_experiment(name: str, experiment: Any, found: dict[str, Any]) -> None:
    model = _attribute(experiment, "model", pl.LightningModule)
    data = _attribute(experiment, "data", pl.LightningDataModule)
    accepts = [argument for argument in _FROM_CONFIG if argument in inspect.signature(data).parameters]
    described = {
        "name": name,
        "summary": inspect.cleandoc(experiment.__doc__ or ""),
        "code_hash": code_hash(model, data),
        "defaults": dict(getattr(experiment, "defaults", {})),
        "model": {"name": name, **_class(model, (), Model)},
        "data": {"name": name, "accepts": accepts, **_class(data, _FROM_CONFIG, Data)},
    }
    register_experiment(described)
    found["experiments"].append(described)


def _attribute(experiment: Any, name: str, base: type[Any]) -> type[Any]:
    value = getattr(experiment, name, None)
    if not (inspect.isclass(value) and issubclass(value, base)):
        raise Unsuitable(f"its attribute {name!r} must be a subclass of {base.__name__}, not {value!r}")
    return value


def _class(described: type[Any], skipped: Sequence[str], base: type[Component]) -> dict[str, Any]:
    return {
        "summary": inspect.cleandoc(described.__doc__ or ""),
        "target": f"{described.__module__}:{described.__qualname__}",
        "fields": fields_of_constructor(described, skipped, base),
    }


def code_hash(*classes: type[Any]) -> str:
    """The sha256 of all Python files of the packages (or single modules) that define the classes."""
    digest = hashlib.sha256()
    for root in sorted({_root(described) for described in classes}):
        files = sorted(root.rglob("*.py")) if root.is_dir() else [root]
        for file in files:
            digest.update(file.relative_to(root.parent).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _root(described: type[Any]) -> Path:
    top = sys.modules[described.__module__.partition(".")[0]]
    if top.__file__ is None:
        return Path(inspect.getfile(described))
    file = Path(top.__file__)
    return file.parent if file.name == "__init__.py" else file


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


if __name__ == "__main__":
    print(json.dumps(load(sys.argv[1:])))
