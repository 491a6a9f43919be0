"""What a trial must fulfil to be of use, beyond being good: known before it runs, or measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from experiments.errors import Problem, suggestion
from search_spaces.conditions import Condition
from service.study.definitions.parts import StrictModel
from service.study.definitions.samplers import CMAESSampler, PBTSampler
from service.study.definitions.wording import unknown_metric

if TYPE_CHECKING:
    from search_spaces.space import SearchSpace
    from service.study.definitions.definition import StudyDefinition

MOST_CONSTRAINTS = 20


class Constraint(StrictModel):
    """An expression over parameters, or a bound on a metric of the epoch that counts, aggregated as the value is."""

    holds: str | None = Field(
        None,
        description="What is known before: a configuration of which it is not true never runs, e.g. "
        "`optimizer.adamw.lr * training.batch_size < 1`. It says nothing of one without a parameter that it names. "
        "A text alone is read as this.",
    )
    metric: str | None = Field(None, description="A metric of the learning curves, e.g. `val_latency`.")
    at_most: float | None = Field(None, description="A trial with more is infeasible.")
    at_least: float | None = Field(None, description="A trial with less is infeasible.")

    @model_validator(mode="before")
    @classmethod
    def _by_text(cls, value: Any) -> Any:
        return {"holds": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if (self.holds is None) == (self.metric is None):
            raise ValueError("give an expression such as `optimizer.adamw.lr < 0.1`, or a `metric` with its bound")
        if self.holds is not None:
            if self.at_most is not None or self.at_least is not None:
                raise ValueError("an expression says its bound itself; leave `at_most` and `at_least` out")
            Condition(self.holds)
            return self
        if self.at_most is None and self.at_least is None:
            raise ValueError(f"give `at_most` or `at_least`; e.g. {{metric: {self.metric}, at_most: 3.0}}")
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}; exchange them")
        return self

    def excesses(self, value: float) -> Iterator[tuple[str, float]]:
        """Each bound by its name, and by how much the value lies beyond it; not above 0 where it is kept."""
        if self.at_most is not None:
            yield f"{self.metric} at most {self.at_most:g}", value - self.at_most
        if self.at_least is not None:
            yield f"{self.metric} at least {self.at_least:g}", self.at_least - value


Constraints = Annotated[tuple[Constraint, ...], Field(max_length=MOST_CONSTRAINTS)]


def constraints_of(definition: Mapping[str, Any]) -> tuple[Constraint, ...]:
    """The constraints of a stored definition."""
    return tuple(map(Constraint.model_validate, definition.get("constraints", ())))


def excesses(constraints: Sequence[Constraint], metrics: Mapping[str, float]) -> dict[str, float]:
    """By how much a trial with these metrics lies beyond each bound; not above 0 where it keeps it."""
    known = ((each, metrics[each.metric]) for each in constraints if each.metric is not None and each.metric in metrics)
    return {name: excess for each, value in known for name, excess in each.excesses(value)}


def violation(constraints: Sequence[Constraint], metrics: Mapping[str, float]) -> str:
    """Which bounds a trial with these metrics does not keep, in words; empty if it keeps all."""
    broken = [
        f"{each.metric} is {metrics[each.metric]:.4g}, and {name.removeprefix(each.metric).strip()} is wanted"
        for each in constraints
        if each.metric is not None and each.metric in metrics
        for name, excess in each.excesses(metrics[each.metric])
        if excess > 0
    ]
    return f"infeasible: {'; '.join(broken)}" if broken else ""


def constraint_problems(definition: StudyDefinition, space: SearchSpace, wrong: Set[str]) -> Iterator[Problem]:
    """Metrics that nothing measures, and samplers that would not hear of constraints."""
    for place, constraint in enumerate(definition.constraints):
        if constraint.holds is not None:
            yield from _unknown_parameters(Condition(constraint.holds), space, f"constraints.{place}")
        elif constraint.metric is not None and space.metrics and constraint.metric not in space.metrics:
            yield unknown_metric(constraint.metric, space.metrics, f"constraints.{place}.metric")
    measured = any(each.metric is not None for each in definition.constraints)
    if isinstance(definition.sampler, PBTSampler) and definition.constraints and "sampler" not in wrong:
        yield Problem("sampler", "pbt changes values while it trains, whatever constraints say; use tpe, gp or nsga2")
    if not measured:
        return
    if "sampler" not in wrong and isinstance(definition.sampler, CMAESSampler):
        yield Problem("sampler", "cmaes is told of no constraints; use tpe, gp or nsga2")
    if definition.warm_start is not None and definition.warm_start.trials and "warm_start" not in wrong:
        message = "trials of another study are told without what they measured against constraints; use `best: k`"
        yield Problem("warm_start.trials", message)


def _unknown_parameters(condition: Condition, space: SearchSpace, path: str) -> Iterator[Problem]:
    known = [parameter.path for parameter in space.parameters]
    for name in (name for name in condition.names if name not in known):
        yield Problem(path, f"the space has no parameter {name!r}{suggestion(name, known)}")


def bound(space: SearchSpace, constraints: Sequence[Constraint]) -> SearchSpace:
    """The space with what is known to be wanted of its configurations."""
    return replace(space, conditions=tuple(Condition(each.holds) for each in constraints if each.holds is not None))
