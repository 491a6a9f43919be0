"""What a study's trials have come to so far, kept as they end: the best of them, and whether too many have failed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from operator import itemgetter

from service.study.definitions.definition import StudyDefinition
from service.study.definitions.objectives import Objective
from service.study.definitions.parts import MaxFailures, StopWhen
from service.study.pareto import Losses, dominates, judged, losses_of
from service.study.records import Trial
from service.study.states import RunState


class BestTrials:
    """The k best completed trials, the best first; of equal ones the earlier first."""

    def __init__(self, objective: Objective, k: int) -> None:
        self._objective = objective
        self._sign = -1.0 if objective.direction == "maximize" else 1.0
        self._k = k
        self._ranked: list[tuple[float, int, Trial]] = []

    @property
    def first(self) -> Trial | None:
        """The best."""
        return self._ranked[0][2] if self._ranked else None

    def target_reached(self) -> str:
        """That the best has reached the objective's target, in words; empty while it has not."""
        best, target = self.first, self._objective.target
        if best is None or best.value is None or target is None or self._objective.better(target, best.value):
            return ""
        return f"target {target:g} reached by trial {best.number} with {best.value:.6g}"

    def add(self, trial: Trial) -> None:
        """A trial that has ended; one that did not complete, or does not count, is never among the best."""
        if trial.state == RunState.COMPLETED and trial.value is not None and trial.counts:
            insort(self._ranked, (self._sign * trial.value, trial.number, trial))
            del self._ranked[self._k :]

    @property
    def must_beat(self) -> float | None:
        """The value that a trial must beat to be one of them; none while any would be."""
        return self._ranked[-1][2].value if len(self._ranked) == self._k else None

    def would_enter(self, values: Sequence[float]) -> bool:
        """Whether a trial with this value would be one of them; it comes behind its equals."""
        return sum(signed <= self._sign * values[0] for signed, *_ in self._ranked) < self._k


class ParetoTrials:
    """The completed trials that no other is better than in all of several objectives."""

    def __init__(self, objectives: Sequence[Objective]) -> None:
        self._objectives = objectives
        self._front: list[tuple[Losses, Trial]] = []
        self._reached: Trial | None = None

    @property
    def first(self) -> Trial | None:
        """The only one of them, which is better than all others; none where there is a choice."""
        return self._front[0][1] if len(self._front) == 1 else None

    def target_reached(self) -> str:
        """That one trial has reached all targets that there are, in words; empty while none has."""
        if self._reached is None:
            return ""
        values = zip(self._objectives, judged(self._reached), strict=True)
        reached = [f"{each.metric} {value:.6g}" for each, value in values if each.target is not None]
        return f"{'targets' if len(reached) > 1 else 'target'} reached by trial {self._reached.number}: " + ", ".join(
            reached
        )

    def add(self, trial: Trial) -> None:
        """A trial that has ended; one that did not complete, or does not count, is none of them."""
        values = judged(trial)
        if not values:
            return
        losses = losses_of(values, self._objectives)
        if self._reaches_targets(values):
            self._reached = self._reached or trial
        if not any(dominates(other, losses) for other, _ in self._front):
            self._front = [(other, kept) for other, kept in self._front if not dominates(losses, other)]
            self._front.append((losses, trial))

    @property
    def must_beat(self) -> None:
        """No single value keeps a trial out of a Pareto set."""

    def would_enter(self, values: Sequence[float]) -> bool:
        """Whether a trial with these values would be one of them."""
        losses = losses_of(values, self._objectives)
        return not any(dominates(other, losses) for other, _ in self._front)

    def _reaches_targets(self, values: Sequence[float]) -> bool:
        targets = [(each, each.target, value) for each, value in zip(self._objectives, values, strict=True)]
        wanted = [(each, target, value) for each, target, value in targets if target is not None]
        return bool(wanted) and not any(each.better(target, value) for each, target, value in wanted)


def best_trials(definition: StudyDefinition) -> BestTrials | ParetoTrials:
    """Those of a study that none has come to yet."""
    if len(definition.objectives) > 1:
        return ParetoTrials(definition.objectives)
    return BestTrials(definition.objective, definition.artifacts.k)


class Plateau:
    """Whether the best value has stopped to gain: the last trials brought it no further than those before.

    The answer depends on which trials have ended and on their numbers, not on the order in which they did, so a study
    that was rebuilt from its rows gives the same.
    """

    def __init__(self, limits: StopWhen | None, objective: Objective, first: int) -> None:
        """``first`` is the trial from which on trials without a gain count."""
        self._limits = limits
        self._objective = objective
        self._from = first
        self._ended: list[int] = []
        """The trials from ``first`` on that have ended, by number."""
        self._records: list[tuple[int, float]] = []
        """Number and value of each trial that is better than all before it."""

    def add(self, trial: Trial) -> None:
        """A trial that has ended; one that failed or was cancelled says nothing."""
        if self._limits is None:
            return
        if trial.state in {RunState.COMPLETED, RunState.PRUNED} and trial.number >= self._from:
            insort(self._ended, trial.number)
        if trial.state == RunState.COMPLETED and trial.value is not None and trial.counts:
            self._record(trial.number, trial.value)

    def _record(self, number: int, value: float) -> None:
        place = bisect_left(self._records, number, key=itemgetter(0))
        if place and not self._objective.better(value, self._records[place - 1][1]):
            return
        beaten = place
        while beaten < len(self._records) and not self._objective.better(self._records[beaten][1], value):
            beaten += 1
        self._records[place:beaten] = [(number, value)]

    def count_from(self, first: int) -> None:
        """Trials without a gain count from this one on."""
        self._from = first
        del self._ended[: bisect_left(self._ended, first)]

    def verdict(self) -> str:
        """Why the study ends now; empty if it does not."""
        if self._limits is None or not self._records:
            return ""
        best, value = self._records[-1]
        sign = 1.0 if self._objective.direction == "maximize" else -1.0
        last_gain = next(
            number
            for number, earlier in self._records
            if not self._objective.better(value, earlier + sign * self._limits.min_gain)
        )
        n = len(self._ended) - bisect_right(self._ended, last_gain)
        if n < self._limits.no_gain_in:
            return ""
        gain = f" of more than {self._limits.min_gain:g}" if self._limits.min_gain else ""
        return f"no gain{gain} in {n} trials since trial {last_gain}; the best is trial {best} with {value:.6g}"


class FailureWindow:
    """Whether too many trials have failed: the first ones all, or too great a share."""

    def __init__(self, limits: MaxFailures, first: int) -> None:
        """``first`` is the trial from which on failures count."""
        self._limits = limits
        self._from = first
        self._earliest: list[tuple[int, Trial]] = []
        """The first few that have ended, by number."""
        self._n_judged = 0
        self._n_failed = 0
        self._last_failed: Trial | None = None

    def add(self, trial: Trial) -> None:
        """A trial that has ended and was not cancelled."""
        if trial.number < self._from:
            return
        self._n_judged += 1
        insort(self._earliest, (trial.number, trial))
        del self._earliest[self._limits.first :]
        if _failed(trial):
            self._n_failed += 1
            if self._last_failed is None or trial.number > self._last_failed.number:
                self._last_failed = trial

    def verdict(self, max_trials: int | None) -> str:
        """Why the study fails now; empty if it does not."""
        n_first = min(self._limits.first, max_trials or self._limits.first)
        first = [trial for _, trial in self._earliest[:n_first]]
        if len(first) == n_first and all(map(_failed, first)):
            return f"its first {n_first} trials all failed; the last: {first[-1].reason}"
        enough = self._n_judged >= 2 * self._limits.first
        if enough and self._last_failed and self._n_failed > self._limits.share * self._n_judged:
            return f"{self._n_failed} of {self._n_judged} trials failed; the last: {self._last_failed.reason}"
        return ""


def _failed(trial: Trial) -> bool:
    return trial.state == RunState.FAILED
