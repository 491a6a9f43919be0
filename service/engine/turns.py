"""Whose turn it is when a worker is free, and for whom room is kept that does not suffice yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.engine.study_task import StudyRunner
from service.study.jobs import Pool


def turn_of(runner: StudyRunner) -> tuple[bool, int, bool, int, float]:
    """What studies are sorted by, the first to be served first.

    Whoever waits only for the test of its best trial goes first, then comes higher priority, then a check, which is
    short, then who has the fewest workers, then who came first.
    """
    study, tests, checks = runner.active.study, runner.evaluation.wants_worker, runner.checking.wants_worker
    return not tests, -study.priority, not checks, runner.active.n_submitted(), study.created_at.timestamp()


def _urgency(runner: StudyRunner) -> tuple[bool, int, bool]:
    """What of its turn does not change with each run that starts or ends."""
    return turn_of(runner)[:3]


def _wants_worker(runner: StudyRunner) -> bool:
    """Whether it would start something if there were room; a sampler that learns draws it only then."""
    if runner.next_start() is not None:
        return True
    return runner.draws and runner.n_to_draw(can_start=True) > runner.n_to_draw(can_start=False)


def _show_wait(runner: StudyRunner, reason: str) -> None:
    """While the study's state is being written nothing is said: it would come behind it."""
    if runner.draws:
        runner.shown_wait.show(reason)


class Turns:
    """The order in which studies are served, and the one of them for whose next run room is kept.

    That run does not fit where smaller ones do, so they would take each bit that comes free, time after time. It keeps
    its place until it has started, though others come before it in turn meanwhile, unless they are more urgent.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._holder: StudyRunner | None = None
        self._first: tuple[bool, int, bool] | None = None
        """How urgent the most urgent study is that waits in this round."""

    def begin_round(self, runners: Iterable[StudyRunner]) -> Sequence[StudyRunner]:
        """The studies in turn, in a new round; for one that waits no more nothing is kept."""
        in_turn = sorted(runners, key=turn_of)
        self._first = None
        if self._holder is not None and not (self._holder in in_turn and _wants_worker(self._holder)):
            self._give_up()
        return in_turn

    def note_start(self, runner: StudyRunner) -> None:
        """The study has started a run."""
        _show_wait(runner, "")
        if runner is self._holder:
            self._give_up()

    def note_wait(self, runner: StudyRunner) -> None:
        """It was the study's turn, and it could not start anything."""
        if not _wants_worker(runner):
            _show_wait(runner, "")
            return
        self._first = self._first or _urgency(runner)
        kept = self._keep_for(runner) if self._may_hold(runner) else ""
        _show_wait(runner, kept or self._pool.trouble())

    def _may_hold(self, runner: StudyRunner) -> bool:
        if _urgency(runner) != self._first:
            return False  # room that were kept for it would be taken from a study that is more urgent
        return self._holder in {None, runner} or _urgency(runner) < _urgency(self._holder)

    def _keep_for(self, runner: StudyRunner) -> str:
        start = runner.next_start()
        kept = self._pool.reserve(runner.active.key, alone=start is not None and start.alone)
        self._holder = runner if kept else None
        return kept

    def _give_up(self) -> None:
        self._holder = None
        self._pool.reserve(None)
