"""What a trial must fulfil to be of use, beyond being good: bounds on metrics that are measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from experiments.errors import Problem
from service.study.definitions.parts import StrictModel
from service.study.definitions.samplers import CMAESSampler, PBTSampler
from service.study.definitions.wording import unknown_metric

if TYPE_CHECKING:
    from search_spaces.space import SearchSpace
    from service.study.definitions.definition import StudyDefinition

MOST_CONSTRAINTS = 20


class MeasuredConstraint(StrictModel):
    """A bound on a metric of the epoch that counts, aggregated over a trial's runs as its value is."""

    metric: str = Field(description="A metric of the learning curves, e.g. `val_latency`.")
    at_most: float | None = Field(None, description="A trial with more is infeasible.")
    at_least: float | None = Field(None, description="A trial with less is infeasible.")

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
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


Constraints = Annotated[tuple[MeasuredConstraint, ...], Field(max_length=MOST_CONSTRAINTS)]


def constraints_of(definition: Mapping[str, Any]) -> tuple[MeasuredConstraint, ...]:
    """The constraints of a stored definition."""
    return tuple(map(MeasuredConstraint.model_validate, definition.get("constraints", ())))


def excesses(constraints: Sequence[MeasuredConstraint], metrics: Mapping[str, float]) -> dict[str, float]:
    """By how much a trial with these metrics lies beyond each bound; not above 0 where it keeps it."""
    known = (each for each in constraints if each.metric in metrics)
    return {name: excess for each in known for name, excess in each.excesses(metrics[each.metric])}


def violation(constraints: Sequence[MeasuredConstraint], metrics: Mapping[str, float]) -> str:
    """Which bounds a trial with these metrics does not keep, in words; empty if it keeps all."""
    broken = [
        f"{each.metric} is {metrics[each.metric]:.4g}, and {name.removeprefix(each.metric).strip()} is wanted"
        for each in constraints
        if each.metric in metrics
        for name, excess in each.excesses(metrics[each.metric])
        if excess > 0
    ]
    return f"infeasible: {'; '.join(broken)}" if broken else ""


def constraint_problems(definition: StudyDefinition, space: SearchSpace, wrong: Set[str]) -> Iterator[Problem]:
    """Metrics that nothing measures, and samplers that would not hear of constraints."""
    for place, constraint in enumerate(definition.constraints):
        if space.metrics and constraint.metric not in space.metrics:
            yield unknown_metric(constraint.metric, space.metrics, f"constraints.{place}.metric")
    if not definition.constraints:
        return
    if "sampler" not in wrong and isinstance(sampler := definition.sampler, CMAESSampler | PBTSampler):
        yield Problem("sampler", f"{sampler.name} is told of no constraints; use tpe, gp or nsga2")
    if definition.warm_start is not None and definition.warm_start.trials and "warm_start" not in wrong:
        message = "trials of another study are told without what they measured against constraints; use `best: k`"
        yield Problem("warm_start.trials", message)
