"""What a study definition would do, without doing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.catalog import KINDS
from experiments.errors import InvalidInput
from search_spaces.chance import Chance
from search_spaces.grid import Grid
from search_spaces.leaves import Parameter
from search_spaces.ranges import Choice, Stepped
from search_spaces.sampling import draw
from search_spaces.space import SearchSpace
from service.errors import NameTaken
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.samplers import GridSampler
from service.study.definitions.unread import of_defaults, of_pruner

N_SAMPLES = 10


def preview(
    definition: StudyDefinition, offered: Mapping[str, float] | None = None, free_name: str | None = None
) -> dict[str, Any]:
    """What draws, how large it is and what it needs, ten samples, how names were read, warnings.

    ``offered`` is how many CPUs and GPUs a service has for a run, as far as that is known; ``free_name`` is one that is
    free, where a service has a study of the definition's name.
    """
    space = definition.search_space()
    grid_size = _grid_size(definition, space)
    chance = Chance(definition.seed)
    drawn = [draw(space, chance) for _ in range(N_SAMPLES)]
    return {
        "sampler": definition.sampler.model_dump(mode="json"),
        "n_parameters": len(space.parameters),
        "grid_size": grid_size,
        "max_trials": definition.max_trials,
        "runs_per_trial": definition.replicates.n_runs,
        "max_concurrent_trials": definition.max_concurrent_trials,
        "resources": definition.resources.model_dump(),
        "drawn": [parameters for parameters, _ in drawn],
        "samples": [definition.complete(config) for _, config in drawn],
        "names": [*_names_read(space)],
        "free_name": free_name,
        "warnings": [
            *([] if free_name is None else [str(NameTaken(definition.name, free_name))]),
            *(warning for objective in definition.objectives for warning in objective.warnings()),
            *space.warnings,
            *of_defaults(definition),
            *of_pruner(definition),
            *_too_many_trials(definition, space, grid_size),
            *_too_large(definition, offered or {}),
        ],
    }


def _names_read(space: SearchSpace) -> Iterator[dict[str, Any]]:
    """How each component was read that names no field and has fields that could vary."""
    for branch in (branch for slot in space.slots for branch in slot.branches if branch.bare is not None):
        section, _, name = branch.path.partition(".")
        component = KINDS["regularizer" if section == "regularizers" else section][name]
        ranges, fields = component.search_ranges(), component.hyperparameters()
        if branch.bare == "defaults":
            ranges = {
                field: ranges[field] if fields[field].is_required() else fields[field].default for field in ranges
            }
        yield {"component": branch.path, "read_as": branch.bare, "fields": ranges}


def _too_many_trials(definition: StudyDefinition, space: SearchSpace, grid_size: int | None) -> list[str]:
    on_grid, wanted = isinstance(definition.sampler, GridSampler), definition.max_trials
    counted = on_grid or all(map(_finite, space.parameters))
    if not counted or not space.parameters or wanted is None or grid_size is None or wanted <= grid_size:
        return []
    then = "the study ends with the last of them" if on_grid else "some are trained again, with another seed"
    return [f"max_trials is {wanted:,}, and the space has {grid_size:,} different configurations: {then}"]


def _finite(parameter: Parameter) -> bool:
    """Whether its values can be counted, and a grid has all that can be drawn."""
    range_ = parameter.range
    return isinstance(range_, Choice) or (isinstance(range_, Stepped) and range_.points is None)


def _too_large(definition: StudyDefinition, offered: Mapping[str, float]) -> Iterator[str]:
    asked = definition.resources
    wanted = {"CPUs": asked.cpus, "GPUs": asked.gpus, "GB": asked.memory_gb}
    for what in (what for what in offered if wanted[what] > offered[what]):
        yield (
            f"a run asks for {wanted[what]:g} {what}, and {offered[what]:g} are offered here: the study would fail at "
            "once"
        )


def _grid_size(definition: StudyDefinition, space: SearchSpace) -> int | None:
    points = definition.sampler.points if isinstance(definition.sampler, GridSampler) else None
    try:
        return Grid(space, points).n_trials()
    except InvalidInput:  # a range without points has no grid; only the grid sampler minds
        return None
