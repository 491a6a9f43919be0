"""Whose turn it is when a worker is free, for whom room is kept that does not suffice yet, and why who waits waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from service.engine.sharing.fair_share import Claim, FairShare
from service.engine.task.study_task import StudyRunner
from service.study.jobs import Pool, Reservation
from service.study.waits import Wait

log = logging.getLogger(__name__)

SHOWN_AFTER = (10.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0)
"""Seconds of waiting at which a study says anew how long it has waited; then each further hour."""


def urgency(runner: StudyRunner) -> tuple[bool, bool]:
    """What comes before all shares: the test of a best trial, then a check of code. Both are short."""
    return not runner.course.evaluation.wants_worker, not runner.course.checking.wants_worker


def wants_worker(runner: StudyRunner) -> bool:
    """Whether it would start something if there were room; a sampler that learns draws it only then.

    What is trained elsewhere waits to be asked for, and for no worker.
    """
    if runner.active.key.elsewhere:
        return False
    if runner.next_start() is not None:
        return True
    return runner.course.draws and runner.course.n_to_draw(can_start=True) > runner.course.n_to_draw(can_start=False)


def _show_wait(runner: StudyRunner, reason: str) -> None:
    """While the study's state is being written nothing is said: it would come behind it."""
    if runner.course.draws:
        runner.course.shown_wait.show(reason)


class Turns:
    """The order in which studies are served, and the one of them for whose next run room is kept.

    That run does not fit where smaller ones do, so they would take each bit that comes free, time after time. It keeps
    its place from when it is its study's turn until it has started, though others come before it meanwhile, unless they
    are more urgent. So a large run gets its study's share, and no more.
    """

    def __init__(self, pool: Pool, clock: Callable[[], float]) -> None:
        self._pool = pool
        self._clock = clock
        self._shares = FairShare()
        self._holder: StudyRunner | None = None
        self._kept: Reservation | None = None
        """What is kept for the holder."""
        self._order: Sequence[StudyRunner] = ()
        """All studies, in turn."""
        self._first: StudyRunner | None = None
        """The first study that waits in this round."""
        self._waiting: set[StudyRunner] = set()
        """Those that have waited in this round."""
        self._waited: set[StudyRunner] = set()
        """Those that waited in the last round in which nothing could start any more."""
        self._idle_since: dict[StudyRunner, float] = {}
        """Since when a study waits of which nothing trains."""
        self._told_last: set[str] = set()
        """The reasons for waiting that were told last."""

    def begin_round(self, runners: Iterable[StudyRunner]) -> Sequence[StudyRunner]:
        """The studies in turn, in a new round; for one that waits no more nothing is kept."""
        known = set(runners)
        for gone in self._idle_since.keys() - known:
            del self._idle_since[gone]
        in_turn = self._order = self._in_turn(known)
        self._first, self._waiting = None, set()
        if self._holder is not None and not (self._holder in known and wants_worker(self._holder)):
            self._give_up()
        return in_turn

    def end_round(self) -> None:
        """Nothing more could start."""
        self._waited = self._waiting

    def note_start(self, runner: StudyRunner) -> None:
        """The study has started a run."""
        self._idle_since.pop(runner, None)
        _show_wait(runner, "")
        if runner is self._holder:
            self._give_up()

    def note_wait(self, runner: StudyRunner) -> None:
        """It was the study's turn, and it could not start anything."""
        waits = wants_worker(runner)
        if runner.active.n_submitted() or not (waits or runner.active.key.elsewhere):
            self._idle_since.pop(runner, None)
        else:
            self._idle_since.setdefault(runner, self._clock())
        if not waits:
            _show_wait(runner, self._shortage(runner) if runner.active.key.elsewhere else "")
            return
        self._waiting.add(runner)
        self._first = self._first or runner
        kept = self._keep_for(runner) if self._may_hold(runner) else None
        _show_wait(runner, str(kept or "") or self._pool.trouble() or self._shortage(runner))

    def waits(self) -> Sequence[Wait]:
        """Every study of which something waits, in turn, and why. Nothing else asks, so it is put into words here."""
        claims = {each: self._claim(each) for each in self._order}
        found = [(runner, self._told(runner, claims)) for runner in self._order if runner.course.draws]
        self._told_last = {reason for _, reason in found}
        return [self._wait(runner, reason) for runner, reason in found if reason]

    def _told(self, runner: StudyRunner, claims: Mapping[StudyRunner, Claim]) -> str:
        """Why it waits, or why nobody can say so: that is no reason to train any the less."""
        try:
            return self._why(runner, claims)
        except Exception as error:
            reason = f"nobody can say why it waits: {type(error).__name__}: {error}"
            if reason not in self._told_last:  # it is asked each second
                log.exception("%s: %s", runner.active.study.id, reason)
            return reason

    def _wait(self, runner: StudyRunner, reason: str) -> Wait:
        study, wants = runner.active.study, runner.active.key.resources
        wait = Wait(study.id, study.name, study.priority, reason, wants)
        if runner is not self._holder or self._kept is None:
            return wait
        return replace(wait, node=self._kept.node, alone=self._kept.alone)

    def _why(self, runner: StudyRunner, claims: Mapping[StudyRunner, Claim]) -> str:
        if runner is self._holder and self._kept is not None:
            return str(self._kept)
        room = self._lack_of_room(runner) if runner in self._waited else ""
        turn = room and (self._pool.trouble() or self._lack_of_turn(runner, claims) or room)
        return turn or runner.course.why_nothing_starts()

    def _lack_of_turn(self, runner: StudyRunner, claims: Mapping[StudyRunner, Claim]) -> str:
        """That what comes free is another study's, which has had less by its weight; empty if it is this one's."""
        before = [other for other in self._order[: self._order.index(runner)] if other in self._waited]
        if not before:
            return ""
        own, study, part = runner.active.n_submitted(), runner.active.study, self._part(runner, claims)
        beside = ", ".join(f"{n}" for n in sorted({other.active.study.priority for other in before}))
        if own and own + 1 > part:
            return (
                f"its share is used: {own} of {max(own, int(part))} running, priority {study.priority} beside {beside}"
            )
        return f"the next worker is for study {before[0].active.study.name}, which has had less by its weight"

    def _part(self, runner: StudyRunner, claims: Mapping[StudyRunner, Claim]) -> float:
        """How many runs it would have of all that run now, by its weight among those that run or wait."""
        taking = [claim for each, claim in claims.items() if claim.runs or each in self._waited]
        held, own = sum(claim.share * len(claim.runs) for claim in taking), claims[runner]
        return held * own.weight / sum(claim.weight for claim in taking) / own.share if own.share else 0.0

    def _lack_of_room(self, runner: StudyRunner) -> str:
        """What is not free that it needs; and for how long, while nothing of it trains."""
        start, n_own = runner.next_start(), runner.active.n_submitted()
        shortage = self._pool.shortage(runner.active.key, alone=start is not None and start.alone, n_own=n_own)
        waited = self._idle_for(runner)
        is_long = waited is not None and waited >= SHOWN_AFTER[0]
        return f"{shortage} for {in_words(waited or 0.0)}" if shortage and is_long else shortage

    def _in_turn(self, runners: Iterable[StudyRunner]) -> Sequence[StudyRunner]:
        """The most urgent first, then who has had least by its weight, then who has the fewest workers."""
        by_id = {runner.active.study.id: runner for runner in runners}
        times = self._shares.times(self._clock(), [self._claim(runner) for runner in by_id.values()])
        return sorted(by_id.values(), key=lambda runner: _turn(runner, times))

    def _claim(self, runner: StudyRunner) -> Claim:
        active = runner.active
        runs = [run.run.id for _, run in active.submitted_runs()]
        share = self._pool.share(active.key)
        return Claim(active.study.id, active.study.priority, share, runs, runner in self._waited)

    def _may_hold(self, runner: StudyRunner) -> bool:
        """Whether room may be kept for it: it was its turn, or has been since the room was first kept."""
        if runner is self._holder:
            return self._first is None or urgency(runner) <= urgency(self._first)
        if runner is not self._first:
            return False
        return self._holder is None or urgency(runner) < urgency(self._holder)

    def _keep_for(self, runner: StudyRunner) -> Reservation | None:
        start = runner.next_start()
        self._kept = self._pool.reserve(runner.active.key, alone=start is not None and start.alone)
        self._holder = runner if self._kept else None
        return self._kept

    def _give_up(self) -> None:
        self._holder = None
        self._kept = self._pool.reserve(None)

    def _shortage(self, runner: StudyRunner) -> str:
        """The same once it has lasted; nothing while any of its runs trains."""
        waited = self._idle_for(runner)
        return self._lack_of_room(runner) if waited is not None and waited >= SHOWN_AFTER[0] else ""

    def _idle_for(self, runner: StudyRunner) -> float | None:
        """How many seconds it has waited, unless anything of it trains: only then is it others that it waits for."""
        if runner.active.n_submitted() or runner not in self._idle_since:
            return None
        return self._clock() - self._idle_since[runner]


def _turn(runner: StudyRunner, times: Mapping[str, float]) -> tuple[bool, bool, float, int, float]:
    study = runner.active.study
    return *urgency(runner), times[study.id], runner.active.n_submitted(), study.created_at.timestamp()


def in_words(seconds: float) -> str:
    """A time that passes, said so that its words seldom change."""
    hours = int(seconds // 3600)
    if hours:
        return f"{hours} h"
    shown = max(step for step in SHOWN_AFTER if step <= seconds)
    return f"{shown:g} s" if shown < 60 else f"{shown / 60:g} min"
