"""Configs from documents: a mapping as YAML or JSON give it becomes a checked ``ExperimentConfig``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from experiments.catalog import KINDS
from experiments.changes import change_problems
from experiments.config import DEFAULTS, KEYS, PROVENANCE, ExperimentConfig
from experiments.conflicts import conflicts
from experiments.errors import IncompatibleComponents, InvalidInput, Problem, problems_of, suggestion
from experiments.monitor import Monitor
from experiments.regularizers import REGULARIZERS, Regularizer
from experiments.training_fields import Training

_LARGEST_SEED = 2**63 - 1
M = TypeVar("M", bound=BaseModel)


def parse_config(document: Mapping[str, Any]) -> ExperimentConfig:
    """A config from a mapping; what is left out takes its default.

    Raises:
        InvalidInput: with every problem found; paths such as ``optimizer.adamw.lr``.
        IncompatibleComponents: the parts are right by themselves and do not go together.
    """
    config = read_config(document)
    if wrong := list(change_problems(config)):
        raise InvalidInput(wrong)
    held = [config, *(config.after(change.after_epoch) for change in config.training.changes)]
    problems = dict.fromkeys(problem for each in held for problem in conflicts(each))
    if problems:
        raise IncompatibleComponents(problems)
    return config


def read_config(document: Mapping[str, Any]) -> ExperimentConfig:
    """A config whose parts are each right by themselves; ``conflicts`` tells whether they go together.

    Raises:
        InvalidInput: with every problem found.
    """
    return _Reader(document).read()


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
