"""Carrying out what a population decides: written first, then believed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from service.engine.population.members import Member
from service.engine.state import ActiveStudy
from service.engine.steps import Steps
from service.engine.transitions import Transition
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.engine.writer import StudyWriter
from service.study.ports import Outcome
from service.study.states import FailureKind, RunState

EndRun = Callable[[ActiveTrial, ActiveRun, Outcome], Coroutine[Any, Any, None]]


class PopulationTurns:
    """From one interval of a study's population to the next; nothing for a study without one."""

    def __init__(self, active: ActiveStudy, writer: StudyWriter, steps: Steps, end_run: EndRun) -> None:
        self._active = active
        self._writer = writer
        self._steps = steps
        self._end_run = end_run

    def follow(self) -> None:
        """Decide what the members do next, if all that are to go on have come to the end of an interval."""
        population = self._active.population
        if population is None or self._steps.any_of("cancel"):
            return
        members = [(trial, run) for trial, run in self._active.runs() if not trial.given_up]
        decided = population.decide(members)
        if decided is None:
            return
        if decided.hopeless:
            self._steps.take("cancel", self._end, decided.hopeless)
            return
        moves = decided.continuations
        self._writer.post(lambda tx: tx.continue_runs(moves))
        population.follow(moves, members)
        for each in moves:
            Transition("continue", each.trial_number, each.run_id, each.reason).log(self._active.study.id)

    async def _end(self, members: Sequence[Member]) -> None:
        """Members that diverged, and there is no other to go on from."""
        for trial, run in members:
            outcome = Outcome(RunState.FAILED, "every member diverged", failure=FailureKind.DIVERGED)
            await self._end_run(trial, run, outcome)
