"""A definition that repeats one trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from experiments.catalog import KINDS as CATALOG
from experiments.config import SINGLE
from experiments.conflicts.ignored import takes
from experiments.registry import EXPERIMENTS
from service.study.definitions.elsewhere import ELSEWHERE


def rerun(
    definition: Mapping[str, Any], number: int, config: Mapping[str, Any], seeds: Sequence[int]
) -> dict[str, Any]:
    """A study of a single trial with exactly this configuration and these seeds, so that it comes to the same value.

    ``definition`` is that of the study whose trial ``number`` it repeats; what it says of the objective, the folds, the
    resources, the epochs of a trial and the seed, under which the data are set up, stays. A trial that was cut short
    for its hours, pruned, or whose worker was lost under a limit of epochs may come to another value. What the
    configuration does not say, the study leaves to the experiment too.
    """
    objective = definition["objective"]
    limit = definition["limits"]["trial_epochs"]
    trained = _elsewhere(config) if definition["experiment"] == ELSEWHERE else _here(definition, config)
    return {
        "name": f"{definition['name'][:85]}-trial-{number}",
        "experiment": definition["experiment"],
        "objective": [*map(_given, objective)] if isinstance(objective, list) else _given(objective),
        "sampler": "random",
        **trained,
        **({"limits": {"trial_epochs": limit}} if limit is not None else {}),
        "replicates": _given({**definition["replicates"], "seeds": list(seeds), "paired": True}),
        "resources": dict(definition["resources"]),
        "max_trials": 1,
        "seed": definition["seed"],
    }


def _elsewhere(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"space": dict(config["parameters"]), "training": dict(config.get("training", {}))}


def _here(definition: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    data, training = config.get("data", {}).get("name", ""), config.get("training", {})
    space: dict[str, Any] = {kind: dict(config[kind]) for kind in SINGLE if config.get(kind) is not None}
    taken = {name: _fields(fields) for name, fields in config.get("regularizers", {}).items()}
    regularizers = dict.fromkeys(_brought(definition["experiment"])) | taken
    return {
        "space": space | ({"regularizers": regularizers} if regularizers else {}),
        "training": {name: value for name, value in training.items() if _is_read(name, value, data)},
    }


def _is_read(setting: str, value: Any, data: str) -> bool:
    """Whether a run heeds a setting, so that a definition may hold it; data that are not there any more may."""
    if value in (None, []):
        return False
    known: Any = CATALOG["data"][data] if data in CATALOG["data"].words() else None
    return setting != "batch_size" or known is None or takes(known, setting)


def _brought(experiment: str | Mapping[str, Any]) -> Iterable[str]:
    """The regularizers that an experiment brings, whether a trial took them or not."""
    if isinstance(experiment, str):
        experiment = EXPERIMENTS[experiment].base() if experiment in EXPERIMENTS else {}
    return experiment.get("regularizers") or ()


def _fields(component: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in component.items() if name != "name"}


def _given(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value is not None}
