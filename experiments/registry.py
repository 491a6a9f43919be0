"""The registered experiments: a data set and a model under a name, with sensible defaults for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.errors import InvalidInput, suggestion


@dataclass(frozen=True)
class Experiment:
    """What a study names; ``base()`` is the part of the config that it fixes unless the study says otherwise."""

    name: str
    summary: str
    task: str
    """``classification``, ``regression``, or empty when a user's own module decides."""
    data: Mapping[str, Any]
    model: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Other parts of the config, e.g. ``{"training": {"epochs": 20}}``."""
    target: str = ""
    """``module:class`` of a user's own experiment; empty for built-in ones."""

    def base(self) -> dict[str, Any]:
        """The config mapping that this experiment starts from."""
        return {"data": dict(self.data), "model": dict(self.model), **self.defaults}


@dataclass(frozen=True)
class Looked:
    """Where users' own experiments and components were looked for, and what was refused there."""

    entry_points: tuple[str, ...] = ()
    """Those that are installed, e.g. ``studyhall.experiments spirals``."""
    modules: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """Each as the name under which it was offered, and the reason."""

    def __str__(self) -> str:
        points = ", ".join(self.entry_points) or "none is installed"
        modules = ", ".join(self.modules) or "it is not set"
        left_out = "".join(f"; left out: {name} ({reason})" for name, reason in self.refused)
        return f"the entry points of installed packages ({points}) and STUDYHALL_COMPONENTS ({modules}){left_out}"


class Experiments(dict[str, Experiment]):
    """Experiments by name."""

    looked: Looked = Looked()
    """Where those of the user were found; written anew by each description."""

    def add(self, experiment: Experiment) -> None:
        """Register an experiment.

        Raises:
            ValueError: the name is taken.
        """
        if experiment.name in self:
            raise ValueError(f"experiment {experiment.name!r} is declared twice")
        self[experiment.name] = experiment

    def find(self, name: str) -> Experiment:
        """The experiment of that name.

        Raises:
            InvalidInput: it is not registered; the likely name, and where it was looked for, are in the message.
        """
        if name not in self:
            where = f"users' own were looked for in {self.looked}"
            raise InvalidInput.at("experiment", f"unknown experiment {name!r}{suggestion(name, self)}; {where}")
        return self[name]


def _built_in(
    name: str, summary: str, data: str, model: dict[str, Any], task: str = "classification", **training: int
) -> Experiment:
    defaults: dict[str, Any] = {"training": {"epochs": 20, "batch_size": 64, **training}}
    if model["name"] == "cnn":
        defaults["normalization"] = "batch"
    return Experiment(name, summary, task, {"name": data}, model, defaults)


_MLP = {"name": "mlp", "hidden": [64, 64]}
_CNN = {"name": "cnn", "channels": [16, 32]}

EXPERIMENTS = Experiments()
for _experiment in (
    _built_in("digits-mlp", "Handwritten digits, 8×8, with a multilayer perceptron", "digits", _MLP),
    _built_in("digits-cnn", "Handwritten digits, 8×8, with a convolutional network", "digits", _CNN),
    _built_in(
        "wine-mlp", "Three growers of wine from 13 measurements", "wine", {"name": "mlp", "hidden": [32]}, batch_size=16
    ),
    _built_in("breast-cancer-mlp", "Malignant or benign from 30 measurements", "breast_cancer", _MLP, batch_size=32),
    _built_in(
        "diabetes-mlp",
        "Progress of a disease from 10 measurements",
        "diabetes",
        {"name": "mlp", "hidden": [32]},
        "regression",
        batch_size=32,
    ),
    _built_in(
        "mnist5k-mlp",
        "5,000 digits of MNIST with a multilayer perceptron",
        "mnist5k",
        {"name": "mlp", "hidden": [128, 64]},
    ),
    _built_in("mnist5k-cnn", "5,000 digits of MNIST with a convolutional network", "mnist5k", _CNN, epochs=10),
    _built_in(
        "mnist1d-mlp",
        "One-dimensional digits with a multilayer perceptron",
        "mnist1d",
        {"name": "mlp", "hidden": [128, 128]},
        epochs=30,
    ),
):
    EXPERIMENTS.add(_experiment)
