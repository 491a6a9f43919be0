"""How far a study has come: what may still be drawn, which of its own limits holds it up, and when it ends. No I/O."""

from __future__ import annotations

from service.engine.sampling.samplers import keeps_order, learns
from service.engine.state import ActiveStudy
from service.study.states import StudyState

DRAWN_AHEAD = 4
"""Trials kept ready by samplers that do not learn, so that a free worker seldom waits for one.

Drawn anew once half of them are gone: several that are drawn together cost less than each alone. Not more of them: they
count among the study's trials, and are too many for whoever stops it or queues something before its end."""


class Progress:
    """That of one study; ``exhausted`` says whether there is nothing left to draw."""

    def __init__(self, active: ActiveStudy) -> None:
        self._active = active

    @property
    def trials_left(self) -> int | None:
        """How many trials may still be drawn; nothing when only the grid ends the study."""
        active = self._active
        if active.population is not None:  # nobody takes the place of one that is cancelled
            return max(0, active.population.size - active.next_number)
        if active.study.max_trials is None:
            return None
        return max(0, active.study.max_trials - active.next_number + active.results.n_uncounted)

    def room_for_trials(self, *, can_start: bool, exhausted: bool, n_queued: int = 0) -> int:
        """How many trials to draw now; a sampler that learns draws only when a worker is free, so as to know most.

        In strict order it draws trial k only when the first k - n + 1 trials, which it is to know, have all ended.
        Where trials are drawn ahead, the ``n_queued`` configurations of the study's queue do not wait behind these.
        """
        active, left = self._active, self.trials_left
        if exhausted or left == 0 or active.epochs.are_short(active.study.budget):
            return 0
        if active.population is not None:
            return left or 0  # all of it or nothing: none trains before all are there
        not_begun = [trial for trial in active.trials.values() if not trial.is_submitted]
        at_once, sampler = active.study.max_concurrent_trials, active.definition.used_sampler
        if learns(sampler):
            begun = active.next_number - self._first if keeps_order(sampler) else len(active.trials)
            wanted = int(can_start and not not_begun and begun < at_once)
        elif n_queued:
            wanted = min(n_queued, DRAWN_AHEAD - sum(not trial.is_drawn_ahead for trial in not_begun))
        else:
            wanted = DRAWN_AHEAD - len(not_begun) if len(not_begun) <= DRAWN_AHEAD // 2 else 0
        return max(0, wanted if left is None else min(wanted, left))

    @property
    def _first(self) -> int:
        """The first trial that has not ended."""
        return min(self._active.trials, default=self._active.next_number)

    def why_nothing_starts(self, *, exhausted: bool) -> str:
        """Which of its own limits lets nothing more start, though more is left; empty if none does."""
        active = self._active
        free = [(t, r) for t, r in active.runs() if not (r.submitted or t.given_up or t.another_is_pruned(r))]
        waiting = [trial for trial, run in free if not active.waits_for_population(run)]
        if free and not waiting:
            return "waits for the others of its population to come as far"
        if not waiting and (exhausted or self.trials_left == 0):
            return ""
        at_once, begun = active.study.max_concurrent_trials, sum(t.is_submitted for t in active.trials.values())
        if begun >= at_once and not any(trial.is_submitted for trial in waiting):
            return f"max_concurrent_trials {at_once} reached"
        if not any(map(active.affords, waiting)) if waiting else active.epochs.are_short(active.study.budget):
            return "what is left of its budget's epochs is reserved for the trials under way"
        if not waiting and keeps_order(active.definition.used_sampler) and active.next_number - self._first >= at_once:
            return f"its sampler is to know first what trial {self._first} comes to"
        return "waits to be asked for" if waiting and active.key.elsewhere else ""

    def verdict(self, *, exhausted: bool) -> tuple[StudyState, str] | None:
        """How and why the study ends now, or nothing; asked anew until it has ended.

        Trials still in flight are for the caller to end first.
        """
        active = self._active
        failure = active.results.failure(active.study.max_trials)
        if failure:
            return StudyState.FAILED, failure
        completed = active.results.success() or active.out_of_time or self._all_done(exhausted=exhausted)
        if not completed and not active.n_submitted():  # nothing can be given back any more
            completed = active.epochs.used_up(active.study.budget)
        return (StudyState.COMPLETED, completed) if completed else None

    def _all_done(self, *, exhausted: bool) -> str:
        active = self._active
        if active.trials:
            return ""
        if exhausted:
            return _that_all_are_done(active.next_number - active.results.n_uncounted, "point", " of the grid")
        return _that_all_are_done(active.study.max_trials or 0, "trial") if self.trials_left == 0 else ""


def _that_all_are_done(count: int, noun: str, of: str = "") -> str:
    return f"its only {noun}{of} is done" if count == 1 else f"all {count} {noun}s{of} are done"
