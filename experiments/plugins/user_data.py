"""A user's own LightningDataModule, set up alike wherever its data are needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytorch_lightning as pl

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.training.lightning import package_of
from experiments.training.loading.fingerprints import differences, fingerprint
from experiments.training.trainer import quiet, trainer_of

REMEDY = "draw its split with a generator of a fixed seed, or with the argument `seed` of its constructor"


def data_module(config: ExperimentConfig) -> pl.LightningDataModule:
    """The data module of a config.

    Its constructor, ``prepare_data`` and ``setup`` draw from the config's ``split_seed``, each of them from the start,
    whoever calls them, in whatever order and how often: a split that names no generator is that of the training again
    when the weights are measured. The run's own random numbers go on as if nothing had been drawn.
    """
    with seeding.seeded(config.split_seed):
        data: pl.LightningDataModule = config.data.build(**_from_config(config))
    for hook in ("prepare_data", "setup"):
        setattr(data, hook, partial(_seeded, config.split_seed, getattr(data, hook)))
    return data


def _seeded(seed: int, hook: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    with seeding.seeded(seed):
        return hook(*arguments, **named)


def _from_config(config: ExperimentConfig) -> dict[str, Any]:
    offered = {
        "batch_size": config.training.batch_size,
        "seed": config.split_seed % 2**32,  # NumPy's and scikit-learn's seeds are no larger
        "fold": config.fold,
        "folds": config.folds,
    }
    return {name: offered[name] for name in config.data.accepts}


def fingerprint_of(config: ExperimentConfig) -> dict[str, Any]:
    """The fingerprint of the data that a new data module of the config has when it is set up for training."""
    data = data_module(config)
    package = package_of(type(data), "LightningDataModule")
    assert package  # noqa: S101 - users' modules are looked at when they are described
    with quiet():
        data.trainer = trainer_of(package, enable_checkpointing=False)
    data.prepare_data()
    data.setup("fit")
    return fingerprint(data)


def difference_between_set_ups(config: ExperimentConfig) -> str:
    """What differs between two set-ups of a config's data, with the remedy; empty if nothing does.

    A data module of a user's own is set up twice, each time as a run does it, with different random numbers around it.
    The caller's own go on as if nothing had been drawn.

    Raises:
        Exception: whatever the data module raises.
    """
    if not config.data.from_plugin:
        return ""
    found = []
    for surroundings in (0, 1):
        with seeding.seeded(surroundings):
            found.append(fingerprint_of(config))
    differing = differences(*found)
    return f"{config.data.name} has other data at each set-up ({differing}); {REMEDY}" if differing else ""
