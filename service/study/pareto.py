"""Several objectives at once: when a trial is better than another in all of them, and which trials none is better than.

Trials are told apart by *losses*: their values, each turned so that lower is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import le

from service.study.definitions.objectives import Objective
from service.study.records import Trial
from service.study.states import RunState

Losses = tuple[float, ...]


def measured(values: Sequence[float | None]) -> tuple[float, ...]:
    """The values of all objectives; none unless each has one."""
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else ()


def losses_of(values: Iterable[float], objectives: Sequence[Objective]) -> Losses:
    """The values turned so that lower is better."""
    return tuple(objective.oriented(value) for objective, value in zip(objectives, values, strict=True))


def dominates(one: Losses, other: Losses) -> bool:
    """Whether ``one`` is nowhere worse than ``other``, and somewhere better."""
    return one != other and all(map(le, one, other))


def nondominated(values: Sequence[Sequence[float]], objectives: Sequence[Objective]) -> list[int]:
    """The places of the values that none of the others dominates, in their order; equal ones are all among them.

    Sorted, no losses are dominated by later ones: each is compared with the front of those before it alone.
    """
    losses = [losses_of(each, objectives) for each in values]
    front: list[Losses] = []
    kept: list[int] = []
    for place in sorted(range(len(losses)), key=losses.__getitem__):
        if not any(dominates(other, losses[place]) for other in reversed(front)):  # the last is the likeliest
            front.append(losses[place])
            kept.append(place)
    return sorted(kept)


def judged(trial: Trial) -> tuple[float, ...]:
    """The values by which a trial takes part in the Pareto set; none if it does not."""
    counts = trial.state is RunState.COMPLETED and trial.counts
    return measured(trial.objective_values) if counts else ()
