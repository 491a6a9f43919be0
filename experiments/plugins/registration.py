"""Users' own experiments and components: found by entry points or in a list of modules, and registered by name.

An entry point of the group ``studyhall.experiments`` names a class with two attributes: ``model``, a LightningModule
class, and ``data``, a LightningDataModule class, both of ``pytorch_lightning`` or both of ``lightning.pytorch``. Its
docstring is the summary; ``defaults`` may hold parts of the config, and arguments that JSON cannot hold
(``experiments.plugins.given``), ``pretrained`` the paths of submodules that no initializer changes. The constructor
arguments of both become hyperparameters, if their types are plain. A data module gets ``batch_size``, ``seed``,
``fold`` and ``folds`` from the config when its constructor takes them. An entry point of the group
``studyhall.components`` names a
subclass of a kind's base class.

Their modules import torch, so a subprocess describes them and this process only registers the descriptions: nothing
here imports a user's code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path
from typing import Any, Literal

from pydantic import create_model

from experiments import own_process
from experiments.catalog import KINDS
from experiments.component import Component, hp
from experiments.data import DATA, Data
from experiments.errors import TrainingError
from experiments.models import MODELS, Model
from experiments.plugins.given import PARTS, Given, WithGiven
from experiments.plugins.malicious import installed
from experiments.plugins.plain_types import annotation_of, read
from experiments.registry import EXPERIMENTS, Experiment, Looked

EXPERIMENT_GROUP = "studyhall.experiments"
COMPONENT_GROUP = "studyhall.components"
_TIME_LIMIT = 120.0
_SETUP = "experiments.plugins.user_module:UserModuleSetup"
"""What sets up a user's own module."""


def looked(modules: Sequence[str] = ()) -> dict[str, Any]:
    """Where users' own things are looked for: entry points with what they name and in which version, and modules.

    Malicious releases are among the versions: with one of them, another description holds.
    """
    points = entry_points_of(EXPERIMENT_GROUP, COMPONENT_GROUP)
    named = [f"{point.group} {point.name} = {point.value}" for point in points]
    versions = [f"{point.dist.name} {point.dist.version}" if point.dist else "" for point in points]
    return {"entry_points": named, "versions": [*versions, *installed()], "modules": list(modules)}


def entry_points_of(*groups: str) -> list[EntryPoint]:
    """The installed entry points of the groups, in their order; they are read anew when a package came or went."""
    installed = _entry_points(tuple((place, _changed_at(place)) for place in sys.path))
    return [point for group in groups for point in installed.select(group=group)]


@lru_cache(maxsize=1)
def _entry_points(_places: tuple[tuple[str, int], ...]) -> EntryPoints:
    return EntryPoints(point for group in (EXPERIMENT_GROUP, COMPONENT_GROUP) for point in entry_points(group=group))


def _changed_at(place: str) -> int:
    """When something came to a folder or went from it, in nanoseconds; 0 for what is none."""
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return 0


def describe(modules: Sequence[str] = (), variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What installed packages and ``modules`` bring: ``experiments``, ``components``, and what is ``refused`` and why.

    It runs in a subprocess, which imports them, and takes some seconds. ``variables`` are its environment: users' code
    need not know what this process knows.

    Raises:
        TrainingError: the subprocess died, with the end of what it said.
    """
    command = own_process.command("experiments.plugins.describing", *modules)
    try:
        done = subprocess.run(  # noqa: S603
            command,
            env=variables,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIME_LIMIT,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise TrainingError(f"users' own modules took more than {_TIME_LIMIT:.0f} s to import") from error
    except subprocess.CalledProcessError as error:
        raise TrainingError(f"users' own modules ended the process that imports them: {error.stderr[-500:]}") from error
    try:
        description: dict[str, Any] = json.loads(done.stdout.rstrip().rpartition("\n")[2])
    except ValueError as error:
        raise TrainingError(f"users' own modules ended the process that imports them: {done.stdout[-500:]}") from error
    return description


def register(description: Mapping[str, Any]) -> None:
    """Let what ``describe`` found be the user's own components and experiments, in the place of all earlier ones.

    Raises:
        ValueError: a name is that of a built-in component or experiment.
    """
    taken_up = {(one["kind"], one["name"]) for one in description["components"]}
    taken_up |= {(kind, one["name"]) for kind in ("data", "model") for one in description["experiments"]}
    for kind in KINDS.values():
        kind.keep({name for word, name in taken_up if word == kind.name})
    for name in [name for name, known in EXPERIMENTS.items() if known.target and ("data", name) not in taken_up]:
        del EXPERIMENTS[name]
    for component in description["components"]:
        kind = KINDS[component["kind"]]
        kind.replace(_component(kind.base, component, component["attributes"]))
    for experiment in description["experiments"]:
        register_experiment(experiment)
    note_looked(description)


def note_looked(description: Mapping[str, Any]) -> None:
    """Let the registry know where was looked and what was refused, for its errors to say."""
    refused = tuple((one["name"], one["reason"]) for one in description["refused"])
    places = description["looked"]
    EXPERIMENTS.looked = Looked(tuple(places["entry_points"]), tuple(places["modules"]), refused)


def register_experiment(experiment: Mapping[str, Any]) -> None:
    """Add one experiment: its data and its model become components of the experiment's name."""
    name = experiment["name"]
    earlier = EXPERIMENTS.get(name)
    if earlier is not None and not earlier.target:
        raise ValueError(f"experiment {name!r} is built in; choose another name")
    own = {"from_plugin": True, **experiment["own"]}
    accepts = tuple(experiment["data"]["accepts"])
    pretrained = experiment["model"].get("pretrained")
    parts = None if pretrained is None else tuple(pretrained)
    given = {part: tuple(Given(**one) for one in experiment["given"] if one["part"] == part) for part in PARTS}
    DATA.replace(_component(Data, experiment["data"], {**own, "accepts": accepts, "given": given["data"]}))
    own_model = {**own, "given": given["model"], "pretrained_parts": parts, "setup": _SETUP}
    MODELS.replace(_component(Model, experiment["model"], own_model))
    defaults = dict(experiment["defaults"])
    EXPERIMENTS[name] = Experiment(
        name=name,
        summary=experiment["summary"],
        task="",
        data={"name": name, **defaults.pop("data", {})},
        model={"name": name, **defaults.pop("model", {})},
        defaults=defaults,
        target=experiment["target"],
    )


def _component(base: type[Component], description: Mapping[str, Any], attributes: Mapping[str, Any]) -> type[Any]:
    """A component class with the described fields, whose target is resolved when it is built."""
    name = description["name"]
    fields: dict[str, Any] = {field["name"]: _field(field) for field in description["fields"]}
    fields["name"] = (Literal[name], name)
    summary = description["summary"]
    given = attributes.get("given", ())
    if given:
        told = ", ".join(f"`{each.argument}` ({each.shown})" for each in given)
        summary += f"\n\nIts experiment gives in code: {told}."
    model: Any = create_model(name, __base__=(WithGiven, base) if given else base, __doc__=summary, **fields)
    renamed = {field["name"]: field["argument"] for field in description["fields"] if "argument" in field}
    kept = frozenset(field["name"] for field in description["fields"] if "kept" in field)
    own = {"target": description["target"], "renamed": renamed, "kept": kept}
    for attribute, value in {**attributes, **own}.items():
        setattr(model, attribute, value)
    model.__abstractmethods__ = frozenset()  # only the worker, which has the real class, ever calls them
    return model


def _field(description: Mapping[str, Any]) -> tuple[Any, Any]:
    kind = description["type"]
    default = ... if description["required"] else read(kind, description["default"])
    extra = {"search": description["search"], "help": description["help"], **description["bounds"]}
    return annotation_of(kind), hp(default, **extra)
