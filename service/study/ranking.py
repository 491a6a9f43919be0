"""Who is best: completed trials in the order of the objective."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from service.study.definitions.objectives import Objective
from service.study.records import Trial
from service.study.states import RunState

MOST_NAMED = 5
"""Trials of one configuration that are named."""


def rank(trials: Iterable[Trial], objective: Objective) -> list[Trial]:
    """The completed trials that are neither excluded nor infeasible, best first; of equal ones the earlier first."""
    sign = -1.0 if objective.direction == "maximize" else 1.0
    judged = [t for t in trials if t.state == RunState.COMPLETED and t.value is not None and t.counts]
    return sorted(judged, key=lambda trial: (sign * (trial.value or 0.0), trial.number))


def repeated(best_first: Iterable[Trial]) -> Mapping[int, int]:
    """The number of each trial whose parameters a better-placed one has, with the number of the best-placed of these.

    A search over few configurations draws one more than once.
    """
    first: dict[str, int] = {}
    found = {t.number: first.setdefault(json.dumps(dict(t.parameters), sort_keys=True), t.number) for t in best_first}
    return {number: of for number, of in found.items() if number != of}


def told_repeats(others: Mapping[int, int], firsts: Sequence[int]) -> Iterator[str]:
    """``trials 15 and 18 have the configuration of trial 10``: of each of the ``firsts`` that others repeat."""
    for first in firsts:
        numbers = sorted(number for number, of in others.items() if of == first)
        named = [*map(str, numbers[:MOST_NAMED])]
        if len(numbers) > MOST_NAMED:
            named.append(f"{len(numbers) - MOST_NAMED:,} more")
        if len(numbers) == 1:
            yield f"trial {numbers[0]} has the configuration of trial {first}"
        elif numbers:
            yield f"trials {', '.join(named[:-1])} and {named[-1]} have the configuration of trial {first}"
