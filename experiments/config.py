"""The one config type of a training run: a component of each kind, and how long to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from experiments.activations import Activation
from experiments.catalog import KINDS
from experiments.component import Component
from experiments.data import Data
from experiments.errors import Conflict, InvalidInput, Problem, problems_of, suggestion
from experiments.initializers import Initializer
from experiments.models import Model
from experiments.monitor import Monitor
from experiments.normalizations import Normalization
from experiments.optimizers import Optimizer
from experiments.regularizers import REGULARIZERS, Regularizer
from experiments.schedules import Schedule
from experiments.training_fields import Training

TASK_METRICS: Mapping[str, tuple[str, ...]] = {"classification": ("accuracy",), "regression": ("rmse", "mae")}
"""What is measured beside the loss, by task."""


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

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> ExperimentConfig:
        """A config from a mapping as YAML or JSON give it; what is left out takes its default.

        Raises:
            InvalidInput: with every problem found; paths such as ``optimizer.adamw.lr``.
            Conflict: the parts are right by themselves and do not go together.
        """
        from experiments.conflicts import conflicts

        config = cls.read(document)
        problems = list(conflicts(config))
        if problems:
            raise Conflict(problems)
        return config

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> ExperimentConfig:
        """A config whose parts are each right by themselves; ``conflicts`` tells whether they go together.

        Raises:
            InvalidInput: with every problem found.
        """
        return _Reader(document).read()

    def to_json(self) -> dict[str, Any]:
        """The canonical mapping, with every default filled in; ``parse`` gives this config back."""
        return {
            "data": _dump(self.data),
            "model": _dump(self.model),
            "activation": _dump(self.activation),
            "normalization": _dump(self.normalization),
            "initializer": _dump(self.initializer),
            "regularizers": {name: _dump(self.regularizers[name]) for name in sorted(self.regularizers)},
            "optimizer": _dump(self.optimizer),
            "schedule": _dump(self.schedule),
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

    def own_components(self) -> dict[str, type[Component]]:
        """The components of users' own that this config runs, as ``kind.name``."""
        parts = {kind: getattr(self, kind) for kind in ("data", "model", *DEFAULTS)}
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


def _dump(component: Component | None) -> dict[str, Any] | None:
    return None if component is None else component.model_dump(mode="json")


M = TypeVar("M", bound=BaseModel)

DEFAULTS = {
    "activation": "relu",
    "normalization": "none",
    "initializer": "kaiming_normal",
    "optimizer": "adam",
    "schedule": "constant",
}
"""The component of each kind that a config without that kind has, unless the model is a user's own."""
KEYS = (*("data", "model"), *DEFAULTS, "regularizers", "training", "monitor", "seed", "fold", "folds", "data_seed")
"""What a config can say."""
_LARGEST_SEED = 2**63 - 1
PROVENANCE = "provenance"
"""What stands beside it in the file that a run leaves: with what it was trained, which is nothing to read."""


class _Reader:
    """Reads a document part by part and gathers what is wrong with it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document, Mapping):
            raise InvalidInput.at("", "a config is a mapping, e.g. {data: digits, model: mlp}")
        self.document = document
        self.problems = [
            Problem(str(key), f"unknown field{suggestion(str(key), KEYS)}")
            for key in document
            if key not in (*KEYS, PROVENANCE)
        ]

    def read(self) -> ExperimentConfig:
        data = self.required("data")
        model = self.required("model")
        from_plugin = model is not None and model.from_plugin
        parts: dict[str, Any] = {
            kind: self.component(kind, None if from_plugin else name) for kind, name in DEFAULTS.items()
        }
        if parts["optimizer"] is not None and parts["schedule"] is None and "schedule" not in self.document:
            parts["schedule"] = KINDS["schedule"].parse("constant")
        rest: dict[str, Any] = {
            "regularizers": self.regularizers(),
            "training": self.section("training", Training),
            "monitor": self.section("monitor", Monitor),
            "seed": self.integer("seed", 0, maximum=_LARGEST_SEED),
            "fold": self.optional("fold"),
            "folds": self.integer("folds", 5, minimum=2),
            "data_seed": self.optional("data_seed", maximum=_LARGEST_SEED),
        }
        if self.problems:
            raise InvalidInput(self.problems)
        return ExperimentConfig(data=data, model=model, **parts, **rest)

    def required(self, kind: str) -> Any:
        if kind not in self.document:
            self.problems.append(Problem(kind, f"this field is required{suggestion('', KINDS[kind].names())}"))
            return None
        if self.document[kind] is None:
            self.problems.append(Problem(kind, f"name the {kind}{suggestion('', KINDS[kind].names())}"))
            return None
        return self.component(kind, None)

    def component(self, kind: str, default: str | None) -> Any:
        value = self.document.get(kind, default)
        if value is None:
            return None
        if not isinstance(value, str | Mapping):
            self.problems.append(Problem(kind, "write a name, or a mapping with name and fields"))
            return None
        return self.guarded(lambda: KINDS[kind].parse(value))

    def regularizers(self) -> dict[str, Regularizer]:
        value = self.document.get("regularizers") or {}
        if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
            value = {word: {} for word in value}
        if not isinstance(value, Mapping):
            self.problems.append(
                Problem("regularizers", "write a mapping from name to fields, e.g. {dropout: {p: 0.2}}")
            )
            return {}
        found = [
            self.guarded(lambda word=word, fields=fields: _regularizer(word, fields)) for word, fields in value.items()
        ]
        return {one.name: one for one in sorted(filter(None, found), key=lambda one: one.name)}

    def section(self, name: str, model: type[M]) -> M | None:
        value = self.document.get(name) or {}
        if not isinstance(value, Mapping):
            self.problems.append(Problem(name, f"write a mapping with {', '.join(model.model_fields)}"))
            return None
        try:
            return model(**value)
        except ValidationError as error:
            self.problems += [problem.under(name) for problem in problems_of(error, model.model_fields)]
            return None

    def integer(self, name: str, default: int, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
        value = self.document.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            self.problems.append(Problem(name, f"write an integer from {minimum} to {maximum}"))
            return default
        return value

    def optional(self, name: str, maximum: int = 2**31 - 1) -> int | None:
        return None if self.document.get(name) is None else self.integer(name, 0, maximum=maximum)

    def guarded(self, parse: Any) -> Any:
        try:
            return parse()
        except InvalidInput as error:
            self.problems += error.problems
            return None


def _regularizer(word: Any, fields: Any) -> Regularizer:
    """The regularizer under one key of the mapping; its name may be left out, because the key says it."""
    if fields is not None and fields is not True and not isinstance(fields, Mapping):
        raise InvalidInput.at(f"regularizers.{word}", "write a mapping of fields, or {} for the defaults")
    named = {"name": word, **(fields if isinstance(fields, Mapping) else {})}
    try:
        component: Regularizer = REGULARIZERS.parse(named)
    except InvalidInput as error:
        raise InvalidInput(_in_plural(problem) for problem in error.problems) from error
    if REGULARIZERS.words().get(str(word)) != component.name:
        raise InvalidInput.at(f"regularizers.{word}.name", f"it names {component.name!r}; write that as the key")
    return component


def _in_plural(problem: Problem) -> Problem:
    return Problem(problem.path.replace("regularizer", "regularizers", 1), problem.message)
