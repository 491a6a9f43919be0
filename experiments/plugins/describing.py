"""Imports users' own modules and describes what they bring; runs in a process of its own, and in workers.

``python -P -m experiments.plugins.describing MODULE…`` prints the description as one line of JSON, the last that
it says.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import packages_distributions
from typing import Any

from experiments.catalog import KINDS
from experiments.component import Component, Kind
from experiments.data import Data
from experiments.models import Model
from experiments.plugins.experiment_class import (
    is_component,
    is_experiment,
    nothing_in,
    own_training,
    pretrained_paths,
    refuse_half,
    refuse_idle,
    refuse_nameless,
    refuse_unknown_attributes,
)
from experiments.plugins.given import Given, Givers, divided, shown
from experiments.plugins.malicious import refusal
from experiments.plugins.own_code import Sources, find, is_own, loaded_files, recorded, snapshot
from experiments.plugins.registration import (
    COMPONENT_GROUP,
    EXPERIMENT_GROUP,
    entry_points_of,
    looked,
    register_experiment,
)
from experiments.plugins.signatures import Unsuitable, field_of_model, fields_of_constructor
from experiments.training.lightning import package_of
from experiments.training.mixed_packages import mixed

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What can stand in a path such as ``model.<name>.<argument>``."""
_FROM_CONFIG = ("batch_size", "seed", "fold", "folds")


def load(modules: Sequence[str] = ()) -> dict[str, Any]:
    """Import everything that is installed or listed, register it here with its real classes, and describe it.

    What cannot be imported or described is listed under ``refused`` with the reason; the rest is not affected.
    ``state`` is that of all the files, for ``own_code.is_current``.
    """
    found: dict[str, Any] = {"experiments": [], "components": [], "refused": [], "looked": looked(modules)}
    offers = list(_offers(modules))
    if reason := refusal():
        found["refused"] = [{"name": offer.name, "reason": reason} for offer in offers]
        return {**found, "state": snapshot([])}
    with recorded(offer.module for offer in offers):
        imported = [(offer, value) for offer in offers for value in _attempt(offer.name, offer.load, found)]
    code = _Code(offers)
    for offer, value in imported:
        _attempt(offer.name, partial(offer.take, value, code, found), found)
    return {**found, "state": snapshot(code.of_modules.values())}


@dataclass(frozen=True)
class _Offer:
    """Something that may be imported: under which name, from which module, how, and what to do with it."""

    name: str
    module: str
    load: Callable[[], Any]
    take: Callable[[Any, _Code, dict[str, Any]], None]


def _offers(modules: Sequence[str]) -> Iterator[_Offer]:
    for point in entry_points_of(EXPERIMENT_GROUP):
        yield _Offer(point.name, point.module, point.load, partial(_take_experiment, point.name))
    for point in entry_points_of(COMPONENT_GROUP):
        yield _Offer(point.name, point.module, point.load, _take_component)
    for module in modules:
        yield _Offer(module, module, partial(importlib.import_module, module), _take_module)


def _attempt(name: str, work: Callable[[], Any], found: dict[str, Any]) -> list[Any]:
    """What the work gives, alone in a list; or nothing, and the reason among what is refused."""
    try:
        return [work()]
    except (Exception, SystemExit) as error:  # a user's module may raise anything while it is imported
        reason = str(error) if isinstance(error, Unsuitable) else f"{type(error).__name__}: {error}"
        readable = reason.encode("utf-8", "replace").decode()  # for whatever terminal, file or answer tells it
        found["refused"].append({"name": name, "reason": readable})
        return []


class _Code:
    """The files of every module that offers something, once all have been imported."""

    def __init__(self, offers: Sequence[_Offer]) -> None:
        self.of_modules: dict[str, Sources] = {}
        self._tops = {offer.module.partition(".")[0] for offer in offers}
        for offer in offers:
            self._sources(offer.module)
        known = {file for sources in self.of_modules.values() for file in sources.files.values()}
        self._unexplained = {file: name for file, name in loaded_files().items() if file not in known}

    def of(self, described: Sequence[Any], *modules: str) -> dict[str, Any]:
        """Hash, files and imported libraries of the code of classes, of all they are derived from, and of modules.

        A file that no import statement explains was imported in a way of its own, and counts for all.
        """
        bases = {base.__module__ for one in described for base in getattr(one, "__mro__", ())}
        together = Sources()
        for module in sorted(bases.union(filter(None, modules))):
            if self._is_own(module):
                together.files |= self._sources(module).files
                together.libraries |= self._sources(module).libraries
        for file, module in self._unexplained.items():
            together.add_file(file, module)
        files = sorted(map(str, together.files.values()))
        return {"code_hash": together.hash(), "files": tuple(files), "libraries": tuple(sorted(together.libraries))}

    def _is_own(self, module: str) -> bool:
        file = find(module)
        return module.partition(".")[0] in self._tops or (file is not None and is_own(file))

    def _sources(self, module: str) -> Sources:
        if module not in self.of_modules:
            self.of_modules[module] = Sources()
            self.of_modules[module].add(module)
        return self.of_modules[module]


def _take_module(module: Any, code: _Code, found: dict[str, Any]) -> None:
    """Every component and every experiment that a module defines; one that is refused does not stop the others.

    Raises:
        Unsuitable: with every class that was refused, or because there is none to take.
    """
    classes = [value for value in vars(module).values() if inspect.isclass(value)]
    own = [value for value in classes if value.__module__ == module.__name__]
    refused = []
    for value in own:
        try:
            if is_component(value):
                _take_component(value, code, found)
            elif issubclass(value, Component):
                refuse_nameless(value, own)
            elif is_experiment(value):
                _take_experiment(getattr(value, "name", kebab(value.__name__)), value, code, found)
            else:
                refuse_half(value, own)
        except (Unsuitable, ValueError) as error:
            refused.append(f"{value.__name__}: {error}")
    if refused:
        raise Unsuitable("; ".join(refused))
    if not any(is_component(value) or is_experiment(value) for value in own):
        raise Unsuitable(nothing_in(module, classes))


def _take_component(component: Any, code: _Code, found: dict[str, Any]) -> None:
    kind = _kind_of(component)
    refuse_idle(component)
    target = f"{component.__module__}:{component.__qualname__}"
    if not _is_new(component.id(), target, [one for one in found["components"] if one["kind"] == kind.name]):
        return
    fields = [field_of_model(name, field) for name, field in component.hyperparameters().items()]
    own = {"origin": target, **code.of([component], component.target.partition(":")[0])}
    for attribute, value in own.items():
        setattr(component, attribute, value)
    kind.replace(component)
    found["components"].append(
        {
            "kind": kind.name,
            "name": component.id(),
            "summary": _summary(component, kind.name),
            "target": target,
            "attributes": {"aliases": list(component.aliases), **_attributes(component), **own},
            "fields": fields,
        }
    )


def _is_new(name: Any, target: str, others: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing has the name yet; the same class may be offered twice.

    Raises:
        Unsuitable: another class has the name, or it is none.
    """
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise Unsuitable(f"{name!r} is no name; use letters, digits, dashes and underscores")
    targets = [str(other["target"]) for other in others if other["name"] == name]
    if targets and targets != [target]:
        raise Unsuitable(f"the name {name!r} is that of {targets[0]} already; give one of them another `name`")
    return not targets


def _attributes(component: Any) -> dict[str, Any]:
    """What configs are judged by beside the fields, and what the catalog says of it."""
    said = ("formula", "source", "misconceptions", "extra", "adaptive")
    return {name: getattr(component, name) for name in (*component.traits, *said) if hasattr(component, name)}


def _kind_of(component: Any) -> Kind[Any]:
    for kind in KINDS.values():
        if inspect.isclass(component) and issubclass(component, kind.base):
            return kind
    bases = ", ".join(kind.base.__name__ for kind in KINDS.values())
    raise Unsuitable(f"{component!r} is no component; derive it from one of {bases}")


def _take_experiment(name: str, experiment: Any, code: _Code, found: dict[str, Any]) -> None:
    target = f"{experiment.__module__}:{experiment.__qualname__}" if inspect.isclass(experiment) else repr(experiment)
    if not _is_new(name, target, found["experiments"]):
        return
    if inspect.isclass(experiment):
        refuse_unknown_attributes(experiment)
    model = _attribute(experiment, "model", "LightningModule")
    data = _attribute(experiment, "data", "LightningDataModule")
    if reason := mixed(model, data):
        raise Unsuitable(reason)
    defaults, givers = _defaults(experiment)
    given = [
        asdict(Given(target, part, argument, shown(giver)))
        for part, each in givers.items()
        for argument, giver in each.items()
    ]
    accepts = [argument for argument in _FROM_CONFIG if argument in inspect.signature(data).parameters]
    defaults["training"] = {**own_training(data), **defaults.get("training", {})}
    described = {
        "name": name,
        "summary": inspect.cleandoc(experiment.__doc__ or "") or f"{model.__name__} on {data.__name__}",
        "target": target,
        "own": code.of([experiment, model, data]),
        "defaults": defaults,
        "given": given,
        "model": {
            "name": name,
            "pretrained": pretrained_paths(experiment),
            **_class(model, (), Model, givers["model"]),
        },
        "data": {"name": name, "accepts": accepts, **_class(data, _FROM_CONFIG, Data, givers["data"])},
    }
    register_experiment(described)
    found["experiments"].append(described)


def _defaults(experiment: Any) -> tuple[dict[str, Any], dict[str, Givers]]:
    """The parts of the config that an experiment sets, and the arguments that it gives in code."""
    plain, givers = divided(getattr(experiment, "defaults", {}))
    if any(givers.values()) and not inspect.isclass(experiment):
        raise Unsuitable("only a class can give arguments in code: a run finds them by its name")
    try:
        return dict(json.loads(json.dumps(plain))), givers
    except (TypeError, ValueError) as error:
        raise Unsuitable(f"its `defaults` are no mapping that JSON can hold: {error}") from error


def _attribute(experiment: Any, name: str, base: str) -> type[Any]:
    value = getattr(experiment, name, None)
    if not (inspect.isclass(value) and package_of(value, base)):
        raise Unsuitable(f"its attribute {name!r} must be a subclass of {base}, not {value!r}")
    return value


def _class(described: type[Any], skipped: Sequence[str], base: type[Component], givers: Givers) -> dict[str, Any]:
    return {
        "summary": _summary(described, base.__name__.lower()),
        "target": f"{described.__module__}:{described.__qualname__}",
        "fields": fields_of_constructor(described, skipped, base, givers),
    }


def _summary(described: type[Any], kind: str) -> str:
    """Its own docstring, and none that it inherits; without one, what it is and whose."""
    own: str = vars(described).get("__doc__") or ""
    return inspect.cleandoc(own) or f"The {kind} {described.__qualname__} of {described.__module__}"


def kebab(name: str) -> str:
    """The name that a class gives: ``MyCsv`` is ``my-csv``, ``CSVData`` is ``csv-data``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def main() -> None:
    """Describe what the command line names; libraries are said as the distributions that they were installed by."""
    found = load(sys.argv[1:])
    distributions = packages_distributions()
    for own in [*(one["own"] for one in found["experiments"]), *(one["attributes"] for one in found["components"])]:
        own["libraries"] = sorted({name for top in own["libraries"] for name in distributions.get(top, ())})
    print(f"\n{json.dumps(found)}", flush=True)  # behind what a module may have begun to print


if __name__ == "__main__":
    gc.disable()  # what is imported stays; looking through it for garbage took a fifth of the time
    main()
    os._exit(0)  # at once: a module may have left threads that never end, or more to say
