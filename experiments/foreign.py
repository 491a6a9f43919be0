"""Users' own experiments and components: found by entry points or in a list of modules, and registered by name.

An entry point of the group ``studyhall.experiments`` names a class with two attributes: ``model``, a LightningModule
class, and ``data``, a LightningDataModule class. Its docstring is the summary; ``defaults`` may hold parts of the
config. The constructor arguments of both become hyperparameters, if their types are plain. A data module gets
``batch_size``, ``seed``, ``fold`` and ``folds`` from the config when its constructor takes them. An entry point of the
group ``studyhall.components`` names a subclass of a kind's base class.

Their modules import torch, so a subprocess describes them and this process only registers the descriptions: nothing
here imports a user's code.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import create_model

from experiments import own_process
from experiments.catalogue import KINDS
from experiments.component import Component, hp
from experiments.data import DATA, Data
from experiments.errors import TrainingError
from experiments.models import MODELS, Model
from experiments.registry import EXPERIMENTS, Experiment

EXPERIMENT_GROUP = "studyhall.experiments"
COMPONENT_GROUP = "studyhall.components"
_TIME_LIMIT = 120.0


def describe(modules: Sequence[str] = ()) -> dict[str, Any]:
    """What installed packages and ``modules`` bring: ``experiments``, ``components``, and what is ``refused`` and why.

    It runs in a subprocess, which imports them, and takes some seconds.

    Raises:
        TrainingError: the subprocess died, with the end of what it said.
    """
    command = own_process.command("experiments.describing", *modules)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIME_LIMIT, check=True)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise TrainingError(f"users' own modules took more than {_TIME_LIMIT:.0f} s to import") from error
    except subprocess.CalledProcessError as error:
        raise TrainingError(f"users' own modules ended the process that imports them: {error.stderr[-500:]}") from error
    description: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return description


def register(description: Mapping[str, Any]) -> None:
    """Add what ``describe`` found to the kinds and the experiments; a newer version takes the place of an older one.

    Raises:
        ValueError: a name is that of a built-in component or experiment.
    """
    for component in description["components"]:
        kind = KINDS[component["kind"]]
        kind.replace(_component(kind.base, component, {"code_hash": component["code_hash"], **component["attributes"]}))
    for experiment in description["experiments"]:
        register_experiment(experiment)


def register_experiment(experiment: Mapping[str, Any]) -> None:
    """Add one experiment: its data and its model become components of the experiment's name."""
    name = experiment["name"]
    earlier = EXPERIMENTS.get(name)
    if earlier is not None and not earlier.code_hash:
        raise ValueError(f"experiment {name!r} is built in; choose another name")
    own = {"foreign": True, "code_hash": experiment["code_hash"]}
    DATA.replace(_component(Data, experiment["data"], {**own, "accepts": tuple(experiment["data"]["accepts"])}))
    MODELS.replace(_component(Model, experiment["model"], own))
    EXPERIMENTS[name] = Experiment(
        name=name,
        summary=experiment["summary"],
        task="",
        data={"name": name},
        model={"name": name},
        defaults=experiment["defaults"],
        code_hash=experiment["code_hash"],
    )


def _component(base: type[Component], description: Mapping[str, Any], attributes: Mapping[str, Any]) -> type[Any]:
    """A component class with the described fields, whose target is resolved when it is built."""
    name = description["name"]
    fields: dict[str, Any] = {field["name"]: _field(field) for field in description["fields"]}
    fields["name"] = (Literal[name], name)
    model = create_model(name, __base__=base, __doc__=description["summary"], **fields)
    for attribute, value in {**attributes, "target": description["target"]}.items():
        setattr(model, attribute, value)
    model.__abstractmethods__ = frozenset()  # only the worker, which has the real class, ever calls them
    return model


_TYPES: Mapping[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "ints": tuple[int, ...],
    "floats": tuple[float, ...],
    "strs": tuple[str, ...],
}


def _field(description: Mapping[str, Any]) -> tuple[Any, Any]:
    values = description["values"]
    annotation: Any = Literal[tuple(values)] if values else _TYPES[description["type"]]
    if description["optional"]:
        annotation = annotation | None
    default = ... if description["required"] else description["default"]
    extra = {"search": description["search"], "help": description["help"], **description["bounds"]}
    return annotation, hp(default, **extra)
