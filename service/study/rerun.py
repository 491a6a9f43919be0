"""A definition that trains one known configuration again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = ("data", "model", "activation", "normalization", "initializer", "optimizer", "schedule")


def rerun(definition: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """A study of a single trial with exactly this configuration; only its name and seed are its own.

    ``definition`` is that of the study which found ``config``; what it says of the objective and the resources stays.
    """
    space: dict[str, Any] = {kind: dict(config[kind]) for kind in KINDS if config.get(kind) is not None}
    regularizers = {name: _fields(fields) for name, fields in config.get("regularizers", {}).items()}
    return {
        "name": f"{definition['name'][:95]}-best",
        "experiment": definition["experiment"],
        "objective": {name: value for name, value in definition["objective"].items() if value is not None},
        "sampler": "random",
        "space": space | ({"regularizers": regularizers} if regularizers else {}),
        "training": dict(config["training"]),
        "resources": dict(definition["resources"]),
        "max_trials": 1,
    }


def _fields(component: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in component.items() if name != "name"}
