"""What is wrong with a study definition, all of it at once.

What pydantic refuses hides nothing: the other fields are examined all the same. What depends on a field that is wrong
itself is not said, because it would change with the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.errors import IncompatibleComponents, InvalidInput, Problem
from search_spaces.grid import LOOKED_THROUGH, Grid
from search_spaces.parsing import Examined, examine
from search_spaces.ranges import Range
from search_spaces.sampling import ATTEMPTS, check_drawable
from service.study.definitions.constraints import bound, constraint_problems
from service.study.definitions.elsewhere import examined_elsewhere
from service.study.definitions.modeled import sampler_problems
from service.study.definitions.objectives import objective_problems, of_several
from service.study.definitions.parts import Replicates, never_spent
from service.study.definitions.population import constant_problems, population_problems
from service.study.definitions.pruners import (
    AshaPruner,
    HyperbandPruner,
    PatientPruner,
    Pruner,
    WilcoxonPruner,
    step_interval,
)
from service.study.definitions.queue import read_queue
from service.study.definitions.unread import of_experiment, of_folds
from service.study.definitions.wording import unknown_metric

if TYPE_CHECKING:
    from search_spaces.space import SearchSpace
    from service.study.definitions.definition import StudyDefinition

LARGEST_GRID = 10_000_000
FEWEST_PAIRED = 4
"""Pairs from which a signed-rank test can decide: of three, the most unlikely outcome comes once in eight times."""


def problems_in(definition: StudyDefinition, wrong: Set[str] = frozenset()) -> tuple[tuple[Problem, ...], SearchSpace]:
    """What is wrong with the fields, each right in itself, and the space, which holds if nothing is.

    ``wrong`` names the fields that are not right in themselves, and hold a default.
    """
    base, found = None, list[Problem]()
    if "experiment" not in wrong:
        try:
            base = definition.base()
        except InvalidInput as error:
            found += error.problems
            wrong = wrong | {"experiment"}
    examined = examined_space(definition, base)
    named = isinstance(definition.experiment, str)
    found += [_in_space(placed(problem)) if named else placed(problem) for problem in examined.problems]
    found += () if named or base is None else of_experiment(base)
    found += _between_fields(definition, wrong, examined)
    return tuple(dict.fromkeys(found)), examined.space


def examined_space(definition: StudyDefinition, base: Mapping[str, Any] | None) -> Examined:
    """The space, and what is wrong with it as seen from the space."""
    examined = _examined(definition, base)
    return replace(examined, space=bound(examined.space, definition.constraints))


def _examined(definition: StudyDefinition, base: Mapping[str, Any] | None) -> Examined:
    if definition.is_elsewhere:
        return examined_elsewhere(definition)
    space = {name: value for name, value in definition.space.items() if name != "training"}
    document = {**space, "training": definition.training} if definition.training else space
    inline = not isinstance(definition.experiment, str)
    examined = examine(document, base, searched=definition.sampler.name != "grid", inline=inline)
    if "training" not in definition.space:
        return examined
    message = "training stands beside the space, not within it; move it one level up"
    misplaced = Problem("space.training", message)
    return Examined(examined.space, (misplaced, *examined.problems), False)


def placed(problem: Problem) -> Problem:
    """A problem of the space as seen from the definition, in which training stands beside the space."""
    top = problem.path.partition(".")[0]
    return problem if top in {"training", "experiment", "space"} else problem.under("space")


def _in_space(problem: Problem) -> Problem:
    """What is missing of an experiment that is only named stands in the space, if the study is to say it."""
    top, _, rest = problem.path.partition(".")
    return replace(problem, path=f"space.{rest}") if top == "experiment" and rest else problem


def _between_fields(definition: StudyDefinition, wrong: Set[str], examined: Examined) -> Iterator[Problem]:
    if "objective" not in wrong:
        yield from objective_problems(definition)
        yield from of_several(definition, wrong)
    if not wrong & {"objective", "space", "experiment"}:
        yield from _metric_problems(definition, examined.space)
    if not wrong & {"constraints", "space", "experiment"}:
        yield from constraint_problems(definition, examined.space, wrong)
    if not wrong & {"replicates", "pruner"}:
        yield from _replicate_problems(definition.pruner, definition.replicates)
    if not wrong & {"pruner", "training", "space", "experiment"} and not examined.problems:
        of_any_length = definition.is_elsewhere and "epochs" not in definition.training
        yield from _epoch_problems(definition.pruner, None if of_any_length else examined.space.most_epochs)
        yield from _step_problems(definition)
    if not wrong & {"replicates", "space", "experiment"}:
        yield from of_folds(definition, examined.space)
    if not wrong & {"budget", "resources", "training", "space", "experiment"}:
        yield from _budget_problems(definition, examined.space)
    if not examined.problems and not wrong & {"queue", "space", "training", "experiment"}:
        yield from _queue_problems(definition, examined.space, wrong)
    if "sampler" not in wrong:
        yield from _search_problems(definition, wrong, examined)


def _search_problems(definition: StudyDefinition, wrong: Set[str], examined: Examined) -> Iterator[Problem]:
    if definition.sampler.name == "grid":
        yield from _grid_problems(examined.space, definition.sampler.points)
        return
    is_sound = not examined.problems and not wrong & {"space", "training", "experiment"}
    if is_sound:
        yield from _draw_problems(examined.space)
        yield from sampler_problems(definition, examined.space)
    if definition.sampler.name == "pbt":
        if examined.space.plain:
            yield Problem("sampler", "pbt hands checkpoints on, and what trains elsewhere leaves none here; use tpe")
        elif is_sound:
            yield from map(placed, constant_problems(definition, examined.space))
            yield from population_problems(definition, wrong, examined.space)
        return
    if definition.max_trials is None and not definition.budget.limits and not wrong & {"max_trials", "budget"}:
        yield Problem("max_trials", "say how many trials to run, or give a budget; only a grid ends by itself")


def _queue_problems(definition: StudyDefinition, space: SearchSpace, wrong: Set[str]) -> Iterator[Problem]:
    try:
        read_queue(space, definition.queue)
    except InvalidInput as error:
        yield from error.problems
    n_queued, most = len(definition.queue), definition.max_trials
    if most is not None and most < n_queued and "max_trials" not in wrong:
        yield Problem("max_trials", f"the queue holds {n_queued} configurations; give at least {n_queued}")


def _metric_problems(definition: StudyDefinition, space: SearchSpace) -> Iterator[Problem]:
    several = len(definition.objectives) > 1
    for place, objective in enumerate(definition.objectives):
        if space.metrics and objective.metric not in space.metrics:
            path = f"objective.{place}.metric" if several else "objective.metric"
            yield unknown_metric(objective.metric, space.metrics, path)


def _budget_problems(definition: StudyDefinition, space: SearchSpace) -> Iterator[Problem]:
    if useless := never_spent(definition.budget.limits, definition.resources.model_dump()):
        yield Problem("budget.gpu_hours", useless)
    least = least_epochs(space) * definition.replicates.n_runs
    if definition.budget.epochs is not None and definition.budget.epochs < least:
        yield Problem(
            "budget.epochs", f"a trial may take {least} epochs, so that none could begin; give {least} or more"
        )


def least_epochs(space: SearchSpace) -> int:
    """The fewest epochs that a run of the space asks for."""
    branches = [branch for slot in space.slots if slot.path == "training.epochs" for branch in slot.branches]
    return min((_least(branch.content) for branch in branches), default=1)


def _least(content: Any) -> int:
    if isinstance(content, Range):
        return int(min(content.probes()))
    return content if isinstance(content, int) else 1


def _replicate_problems(pruner: Pruner, replicates: Replicates) -> Iterator[Problem]:
    if not isinstance(pruner, WilcoxonPruner):
        return
    if replicates.n_runs < FEWEST_PAIRED:
        yield Problem(
            "pruner",
            f"wilcoxon compares the runs of two trials in pairs, and below {FEWEST_PAIRED} pairs it never decides; "
            f"a trial has {replicates.n_runs} here: write `replicates: {{seeds: 5}}` or more, or take a pruner that "
            "judges curves, e.g. asha",
        )
    elif not replicates.paired:
        message = "wilcoxon compares runs of the same seed; leave `paired: false` out, so that all trials have the same"
        yield Problem("replicates.paired", message)


def _epoch_problems(pruner: Pruner, most_epochs: int | None) -> Iterator[Problem]:
    """Where the first rung lies beyond the longest run, nothing is ever pruned; runs may be of any length (None)."""
    if isinstance(pruner, PatientPruner):
        for problem in _epoch_problems(pruner.pruner, most_epochs):
            yield replace(problem, path=problem.path.replace("pruner.", "pruner.patient.pruner.", 1))
    if not isinstance(pruner, AshaPruner | HyperbandPruner):
        return
    if most_epochs is not None and pruner.min_epochs > most_epochs:
        message = f"{pruner.min_epochs} are more than the {most_epochs} epochs of the longest run; lower it"
        yield Problem(f"pruner.{pruner.name}.min_epochs", message)
    if most_epochs is None and isinstance(pruner, HyperbandPruner) and pruner.min_epochs > (pruner.max_epochs or 1):
        message = "brackets are counted up to the longest run: give this, or how long one is in `training.epochs`"
        yield Problem("pruner.hyperband.max_epochs", message)


def _step_problems(definition: StudyDefinition) -> Iterator[Problem]:
    looks, measured = step_interval(definition.pruner), definition.training.get("measure_every")
    if looks is not None and isinstance(measured, int) and measured > 0 and looks.steps % measured:
        message = f"runs are measured every {measured} steps, of which {looks.steps} is no multiple; make it one"
        yield Problem("training.measure_every", f"{message}, or leave it out: it follows from the pruner")


def _draw_problems(space: SearchSpace) -> Iterator[Problem]:
    try:
        check_drawable(replace(space, conditions=()))
    except IncompatibleComponents as conflict:
        yield from map(placed, conflict.problems)
        return
    try:
        check_drawable(space)
    except IncompatibleComponents as conflict:
        message = f"of {ATTEMPTS:,} configurations drawn at random none fulfils them; widen them, or the ranges"
        yield Problem("constraints", f"{message}. The last: {conflict.problems[0]}")


def _grid_problems(space: SearchSpace, points: int | None) -> Iterator[Problem]:
    try:
        size = space.grid_size(points)
    except InvalidInput as error:
        yield from map(placed, error.problems)
        return
    if size > LARGEST_GRID:
        remedy = "fewer points, fewer ranges, or `sampler: random` with `max_trials`"
        message = f"the grid has {size:,} points, more than the {LARGEST_GRID:,} that are allowed; use {remedy}"
        yield Problem("sampler", message)
    elif space.conditions and not (grid := Grid(space, points)).has_trials():
        looked_at = "no point of the grid" if grid.is_counted else f"none of {LOOKED_THROUGH:,} points of the grid"
        yield Problem("constraints", f"{looked_at} fulfils them; widen them, or the ranges")
