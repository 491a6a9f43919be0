"""What trials are judged by: one metric of their curves, or several at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, PlainSerializer, model_validator
from pydantic_core import CoreSchema

from experiments.errors import Problem
from experiments.monitor import Monitor
from service.study.definitions.pruners import NoPruner
from service.study.definitions.samplers import CMAESSampler, NSGA3Sampler

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

MOST_OBJECTIVES = 6
"""With more, nearly every trial is in the Pareto set."""


class Objective(Monitor):
    """What a trial is judged by: one metric of its curve, at its best epoch or at the last."""

    model_config = ConfigDict(allow_inf_nan=False)

    target: float | None = Field(
        None,
        description="The study is COMPLETED as soon as a trial reaches this value; with several objectives, as soon as "
        "one trial reaches all targets that there are.",
    )

    @model_validator(mode="before")
    @classmethod
    def _by_metric(cls, value: Any) -> Any:
        return {"metric": value} if isinstance(value, str) else value

    @property
    def monitor(self) -> Monitor:
        """The same for a single run."""
        return Monitor(metric=self.metric, direction=self.direction, reduce=self.reduce)

    def better(self, a: float, b: float) -> bool:
        """Whether ``a`` is strictly better than ``b``."""
        return a > b if self.direction == "maximize" else a < b


class _OneOrSeveral:
    """In the schema, a single objective need not stand in a list."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        several = {**handler(core_schema), "minItems": 1, "maxItems": MOST_OBJECTIVES}
        return {"anyOf": [several["items"], several]}


def _listed(value: Any) -> Any:
    """A list, in which all that say nothing else let the epoch count as the first does: see ``objective_problems``."""
    if not isinstance(value, list | tuple):
        return [value]
    if not 1 <= len(value) <= MOST_OBJECTIVES:
        raise ValueError(
            f"give 1 to {MOST_OBJECTIVES} objectives, e.g. `[val_accuracy, val_loss]`; here are {len(value)}"
        )
    first, *others = value
    if not others or not isinstance(first, Mapping) or "reduce" not in first:
        return value
    named = [{"metric": each} if isinstance(each, str) else each for each in others]
    return [first, *({"reduce": first["reduce"], **each} if isinstance(each, Mapping) else each for each in named)]


def _written(objectives: tuple[Objective, ...]) -> Any:
    written = [objective.model_dump(mode="json") for objective in objectives]
    return written[0] if len(written) == 1 else written


Objectives = Annotated[
    tuple[Objective, ...],
    BeforeValidator(_listed),
    PlainSerializer(_written),
    _OneOrSeveral(),
]
"""Written as one objective, or as a list of several."""


def objectives_of(definition: Mapping[str, Any]) -> tuple[Objective, ...]:
    """The objectives of a stored definition."""
    return tuple(map(Objective.model_validate, _listed(definition["objective"])))


def objective_of(definition: Mapping[str, Any]) -> Objective:
    """The only objective of a stored definition, or the first of several."""
    return objectives_of(definition)[0]


def has_several(definition: Mapping[str, Any]) -> bool:
    """Whether trials are judged by several objectives, so that of two neither need be the better one."""
    return len(objectives_of(definition)) > 1


def of_single(problem: Problem, document: Mapping[str, Any]) -> Problem:
    """The problem of an objective, at its place in the document: a single one stands in no list."""
    listed = isinstance(document.get("objective"), list | tuple)
    inner = problem.path.removeprefix("objective.0")
    return problem if listed or inner == problem.path else replace(problem, path=f"objective{inner}")


def objective_problems(definition: StudyDefinition) -> Iterator[Problem]:
    """What is wrong with several objectives taken together."""
    objectives = definition.objectives
    names = [objective.metric for objective in objectives]
    for place, objective in enumerate(objectives[1:], 1):
        if objective.metric in names[:place]:
            yield Problem(f"objective.{place}.metric", f"{objective.metric} is an objective already; name it once")
        if objective.reduce != objectives[0].reduce:
            message = "all values of a trial are of one epoch, that of the first objective; leave `reduce` out here"
            yield Problem(f"objective.{place}.reduce", message)


def of_several(definition: StudyDefinition, wrong: Set[str]) -> Iterator[Problem]:
    """What asks for the one best value where there are several objectives, or for several where there is one."""
    n = len(definition.objectives)
    if n == 1:
        if "sampler" not in wrong and isinstance(definition.sampler, NSGA3Sampler):
            yield Problem("sampler", "nsga3 spreads trials over several objectives, and this study has one; use nsga2")
        return
    if "pruner" not in wrong and not isinstance(definition.pruner, NoPruner):
        message = f"a pruner judges a run by one value, and this study has {n} objectives; write `pruner: none`"
        yield Problem("pruner", message)
    if "sampler" not in wrong and isinstance(definition.sampler, CMAESSampler):
        yield Problem("sampler", f"cmaes optimizes one objective, and this study has {n}; use nsga2 or tpe")
    if definition.stop_when is not None and "stop_when" not in wrong:
        message = f"a gain is one of a single value, and this study has {n} objectives; leave it out, and give targets"
        yield Problem("stop_when", f"{message} or `max_trials`")
    if definition.warm_start is not None and definition.warm_start.trials and "warm_start" not in wrong:
        message = f"trials of another study are told by one value, and this study has {n} objectives; use `best: k`"
        yield Problem("warm_start.trials", message)
