"""What a study takes over from earlier ones: their best configurations, or what their trials came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from experiments.errors import InvalidInput, Problem
from search_spaces.points import read_point
from service.study.definitions.objectives import Objective, objectives_of
from service.study.definitions.parts import StrictModel
from service.study.definitions.samplers import GPSampler, TPESampler
from service.study.pareto import measured, nondominated
from service.study.records import PriorTrial, Study, Submission, Trial
from service.study.states import RunState

if TYPE_CHECKING:
    from service.study.definitions.definition import StudyDefinition

MOST_STUDIES = 20


class WarmStart(StrictModel):
    """Earlier studies to begin from, and what of them."""

    studies: tuple[str, ...] = Field(min_length=1, max_length=MOST_STUDIES, description="Names or ids.")
    best: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None,
        description="Queue the best so many configurations of all of them together, behind those of `queue`; with "
        "several objectives, those of the Pareto set.",
    )
    trials: Literal["all"] | None = Field(
        None, description="Tell the sampler what their trials came to; they count as no trials of this study."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.best is None) == (self.trials is None):
            raise ValueError("say either `best: k` or `trials: all`")
        return self


@dataclass(frozen=True)
class EarlierStudy:
    """A study to begin from, with its trials."""

    study: Study
    trials: Sequence[Trial]


Lookup = Callable[[str], EarlierStudy | None]


def warm_started(definition: StudyDefinition, submission: Submission, earlier: Lookup) -> Submission:
    """The submission with what the definition takes over; as it is if that is nothing.

    Raises:
        InvalidInput: a study is not there, was judged otherwise, or has nothing that this space can hold.
    """
    wanted = definition.warm_start
    if wanted is None:
        return submission
    found = _found(definition, wanted, earlier)
    fitting = [*_fitting(definition, found)]
    if not fitting:
        raise InvalidInput([_nothing_fits(definition, found)])
    if wanted.best is None:
        return replace(submission, prior_trials=[PriorTrial(point, values[0]) for values, point in fitting])
    points = [dict(pairs) for pairs in dict.fromkeys(tuple(point.items()) for point in _best(definition, fitting))]
    queue = [*submission.queue, *[point for point in points if point not in submission.queue][: wanted.best]]
    if definition.max_trials is not None and len(queue) > definition.max_trials:
        raise InvalidInput.at("max_trials", f"{len(queue)} configurations are queued; give at least {len(queue)}")
    return replace(submission, queue=queue)


def _found(definition: StudyDefinition, wanted: WarmStart, earlier: Lookup) -> list[EarlierStudy]:
    found, problems = list[EarlierStudy](), list[Problem]()
    for index, reference in enumerate(wanted.studies):
        place, one = f"warm_start.studies.{index}", earlier(reference)
        if one is None:
            problems.append(Problem(place, f"there is no study {reference!r}; `studyhall list` lists those there are"))
        elif other := _judged_otherwise(definition, one.study):
            problems.append(Problem(place, other))
        else:
            found.append(one)
    if wanted.trials and not isinstance(definition.used_sampler, TPESampler | GPSampler):
        name = definition.used_sampler.name
        message = f"the sampler {name} learns nothing from the trials of another study; use `best: k`, tpe or gp"
        problems.append(Problem("warm_start.trials", message))
    if problems:
        raise InvalidInput(problems)
    return found


def _judged_otherwise(definition: StudyDefinition, study: Study) -> str:
    if study.is_population:
        return f"{study.name} is a population, whose values change: none of them is what a trial came to its value by"
    own, theirs = _judged_by(definition.objectives), _judged_by(objectives_of(study.definition))
    return "" if own == theirs else f"{study.name} {theirs}, and this study {own}: their values say nothing here"


def _judged_by(objectives: Sequence[Objective]) -> str:
    return " and ".join(f"{objective.direction}s {objective.metric}" for objective in objectives)


Fitting = tuple[Sequence[float], dict[str, Any]]
"""The values of a trial, and its parameters."""


def _best(definition: StudyDefinition, fitting: Sequence[Fitting]) -> list[dict[str, Any]]:
    """The configurations, best first; with several objectives, those that none of the others dominates."""
    objectives = definition.objectives
    if len(objectives) > 1:
        on_front = nondominated([values for values, _ in fitting], objectives)
        return [fitting[place][1] for place in on_front]
    return [point for _, point in sorted(fitting, key=lambda each: objectives[0].oriented(each[0][0]))]


def _fitting(definition: StudyDefinition, earlier: Sequence[EarlierStudy]) -> Iterator[Fitting]:
    """Values and parameters of the trials whose configuration this space has."""
    space = definition.search_space()
    for one in earlier:
        for trial in one.trials:
            values = measured(trial.objective_values)
            if trial.state is RunState.COMPLETED and values and not (trial.excluded or trial.infeasible):
                try:
                    yield values, read_point(space, trial.parameters)
                except InvalidInput:
                    continue


def _nothing_fits(definition: StudyDefinition, earlier: Sequence[EarlierStudy]) -> Problem:
    tried: Mapping[str, Any] | None = next((one.trials[0].parameters for one in earlier if one.trials), None)
    if tried is None:
        return Problem("warm_start.studies", "none of these studies has a completed trial")
    try:
        read_point(definition.search_space(), tried)
    except InvalidInput as error:
        return Problem(
            "warm_start.studies", f"no trial of theirs is a configuration of this space: {error.problems[0]}"
        )
    return Problem("warm_start.studies", "every trial of theirs that this space could hold is excluded")
