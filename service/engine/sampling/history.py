"""What a sampler that learns is told of the past: all good trials, and a fixed sample of the rest.

The sample is the trials whose seeded lots are lowest. So it depends on which trials have ended, never on the order in
which they did, and a search that was rebuilt has the same.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.engine.sampling.samplers import GOOD
from service.engine.sampling.seeds import derived_seed
from service.study.definition import StudyDefinition, TPESampler
from service.study.states import RunState

_LOTS = 2**31
"""A place below the study's seed that no trial's number comes to."""


@dataclass(frozen=True)
class PastTrial:
    """A trial as a sampler sees it; ``number`` is Optuna's. RUNNING stands for every trial without a result yet."""

    number: int
    state: RunState
    parameters: Mapping[str, Any]
    distributions: Mapping[str, str]
    value: float | None = None
    last: tuple[int, float] | None = None
    """The last epoch with an objective, and the objective there: how good a pruned trial was."""


class History:
    """The trials of one study with a result that teaches something: a few of them, however many there are."""

    def __init__(self, definition: StudyDefinition) -> None:
        self._seed = definition.seed
        self._sign = -1.0 if definition.objective.direction == "maximize" else 1.0
        self._size = definition.sampler.history if isinstance(definition.sampler, TPESampler) else 0
        self._good: list[tuple[tuple[float, float], int, PastTrial]] = []
        self._sample: list[tuple[int, int, PastTrial]] = []
        self.n_told = 0

    def add(self, trial: PastTrial) -> None:
        """A trial with its result; one that failed or was cancelled teaches nothing."""
        if trial.state not in {RunState.COMPLETED, RunState.PRUNED}:
            return
        self.n_told += 1
        insort(self._good, (self._rank(trial), trial.number, trial))
        if len(self._good) > GOOD:
            _, number, other = self._good.pop()
            insort(self._sample, (derived_seed(self._seed, _LOTS, number), number, other))
            del self._sample[self._size :]

    def _rank(self, trial: PastTrial) -> tuple[float, float]:
        """As TPE ranks: completed ones by their value, then pruned ones, those that came far first."""
        if trial.state == RunState.COMPLETED and trial.value is not None:
            return -float("inf"), self._sign * trial.value
        if trial.last is not None:
            return -trial.last[0], self._sign * trial.last[1]
        return 1, 0.0

    def trials(self) -> Sequence[PastTrial]:
        """What the sampler is told, by number."""
        kept = [*(trial for *_, trial in self._good), *(trial for *_, trial in self._sample)]
        return sorted(kept, key=lambda trial: trial.number)
