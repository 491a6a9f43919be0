"""The one config type of a training run: a component of each kind, and how long to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.activations import Activation
from experiments.component import Component
from experiments.data import Data
from experiments.initializers import Initializer
from experiments.models import Model
from experiments.monitor import Monitor
from experiments.normalizations import Normalization
from experiments.optimizers import Optimizer
from experiments.regularizers import Regularizer
from experiments.schedules import Schedule
from experiments.training_fields import Training

TASK_METRICS: Mapping[str, tuple[str, ...]] = {"classification": ("accuracy",), "regression": ("rmse", "mae")}
"""What is measured beside the loss, by task."""
DEFAULTS = {
    "activation": "relu",
    "normalization": "none",
    "initializer": "kaiming_normal",
    "optimizer": "adam",
    "schedule": "constant",
}
"""The component of each kind that a config without that kind has, unless the model is a user's own."""
SINGLE = ("data", "model", *DEFAULTS)
"""The kinds of which a config has one component; it may have several regularizers."""
KEYS = (*SINGLE, "regularizers", "training", "monitor", "seed", "fold", "folds", "data_seed")
"""What a config can say."""
PROVENANCE = "provenance"
"""What stands beside it in the file that a run leaves: with what it was trained, which is nothing to read."""


@dataclass(frozen=True)
class ExperimentConfig:
    """A complete, checked config. ``None`` for a kind leaves that part to a user's own LightningModule.

    ``seed`` decides everything random in the run but the split. Those of our data sets are fixed; a user's own data
    module is set up under ``data_seed``, or under ``seed`` where that is None. With ``fold``, the training and the
    validation data are those of that fold of a ``folds``-fold cross-validation; the test data stay what they are.
    Regularizers act in the order of their names, whatever the order in which they were written.
    """

    data: Data
    model: Model
    activation: Activation | None
    normalization: Normalization | None
    initializer: Initializer | None
    regularizers: Mapping[str, Regularizer]
    optimizer: Optimizer | None
    schedule: Schedule | None
    training: Training = field(default_factory=Training)
    monitor: Monitor = field(default_factory=Monitor)
    seed: int = 0
    fold: int | None = None
    folds: int = 5
    data_seed: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The canonical mapping, with every default filled in; ``parse_config`` gives this config back."""
        return {
            **{kind: _dump(getattr(self, kind)) for kind in SINGLE},
            "regularizers": {name: _dump(self.regularizers[name]) for name in sorted(self.regularizers)},
            "training": self.training.model_dump(mode="json"),
            "monitor": self.monitor.model_dump(mode="json"),
            "seed": self.seed,
            "fold": self.fold,
            "folds": self.folds,
            "data_seed": self.data_seed,
        }

    @property
    def split_seed(self) -> int:
        """The seed under which a user's own data module is set up."""
        return self.seed if self.data_seed is None else self.data_seed

    def with_seed(self, seed: int, fold: int | None = None) -> ExperimentConfig:
        """The same config for another replicate."""
        return replace(self, seed=seed, fold=fold)

    def after(self, epochs: int) -> ExperimentConfig:
        """The config with the values that hold once so many epochs are over.

        Raises:
            ValidationError: a component does not take one of them.
        """
        changed = self
        for change in self.training.changes:
            if change.after_epoch <= epochs:
                for path, value in change.values.items():
                    changed = changed.with_value(path, value)
        return changed

    def with_value(self, path: str, value: float) -> ExperimentConfig:
        """The config with another value of a component's field, e.g. at ``optimizer.lr``.

        Raises:
            ValidationError: the component does not take it.
        """
        part, _, field = path.rpartition(".")
        changed: Any = _with_field(self.part(path), field, value)
        if part in SINGLE:
            return replace(self, **{part: changed})
        return replace(self, regularizers={**self.regularizers, changed.name: changed})

    def values_at(self, epoch: int) -> dict[str, float]:
        """In this epoch, counted from 1, the values that change in some epoch, by their place."""
        held = self.after(epoch - 1)
        paths = dict.fromkeys(path for change in self.training.changes for path in change.values)
        return {path: getattr(held.part(path), path.rpartition(".")[2]) for path in paths}

    def part(self, path: str) -> Component | None:
        """The component of which a path names a field; nothing if the config has no such."""
        place = path.rpartition(".")[0]
        if place in SINGLE:
            return getattr(self, place)  # type: ignore[no-any-return]
        return self.regularizers.get(place.removeprefix("regularizers."))

    def own_components(self) -> dict[str, type[Component]]:
        """The components of users' own that this config runs, as ``kind.name``."""
        parts = {kind: getattr(self, kind) for kind in SINGLE}
        named = [*parts.items(), *(("regularizer", one) for one in self.regularizers.values())]
        return {f"{kind}.{part.name}": type(part) for kind, part in named if part is not None and part.code_hash}

    def metric_names(self) -> tuple[str, ...]:
        """The metrics of every report, or nothing where a user's own module decides what it measures."""
        if self.model.from_plugin:
            return ()
        return metric_names(self.data.task)


def metric_names(task: str) -> tuple[str, ...]:
    """The metrics of every report of a task: ``train_loss``, ``val_loss``, the task's own, ``lr`` and ``grad_norm``."""
    measured = ("loss", *TASK_METRICS[task])
    return (*(f"{split}_{name}" for name in measured for split in ("train", "val")), "lr", "grad_norm")


def _with_field(component: Component | None, field: str, value: float) -> Component:
    assert component is not None  # noqa: S101 - ``changes`` has seen to it
    return type(component)(**{**component.model_dump(), field: value})


def _dump(component: Component | None) -> dict[str, Any] | None:
    return None if component is None else component.model_dump(mode="json")
