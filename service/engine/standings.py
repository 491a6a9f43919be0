"""What a study's trials have come to so far, kept as they end: the best of them, and whether too many have failed."""

from __future__ import annotations

from bisect import insort

from service.study.definition import Objective
from service.study.definition_parts import MaxFailures
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

    def add(self, trial: Trial) -> None:
        """A trial that has ended; one that did not complete, or is excluded, is never among the best."""
        if trial.state == RunState.COMPLETED and trial.value is not None and not trial.excluded:
            insort(self._ranked, (self._sign * trial.value, trial.number, trial))
            del self._ranked[self._k :]

    def would_enter(self, value: float) -> bool:
        """Whether a trial with this value would be one of them; it comes behind its equals."""
        return sum(signed <= self._sign * value for signed, *_ in self._ranked) < self._k


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
