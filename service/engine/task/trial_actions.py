"""What users want of single trials, followed from their rows whatever happened before.

What is to end is marked, and ended with the rest that is of no use (`ActiveTrial.given_up`). What is to be repeated is
drawn until there are as many repetitions as are wanted. When a trial comes to be excluded, or is so no more, the search
begins again from the rows, as it would after a restart.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from service.engine.state import ActiveStudy
from service.engine.task.loading import search_of
from service.engine.task.new_trials import Drawing
from service.engine.writer import StudyWriter
from service.study.ports import EngineStore
from service.study.records import Trial
from service.study.states import StudyState


class TrialActions:
    """Those of one study. Nothing may be drawn while they are followed."""

    def __init__(self, active: ActiveStudy, store: EngineStore, drawing: Drawing, writer: StudyWriter) -> None:
        self._active = active
        self._store = store
        self._drawing = drawing
        self._writer = writer
        self._followed = 0

    @property
    def due(self) -> bool:
        """Whether something may be wanted that is not done; of a study that is queued or has ended nothing is."""
        study = self._active.study
        return self._followed != study.trial_actions and study.state in {StudyState.RUNNING, StudyState.PAUSED}

    async def follow(self) -> None:
        """Do what is wanted."""
        study = self._active.study
        await self._writer.flush()  # the repetitions that were made are in the rows then
        marked = await asyncio.to_thread(self._store.trials.marked, study.id)
        self._mark_cancelled(marked)
        if {trial.number for trial in marked if trial.excluded} != self._active.results.excluded:
            await self._drawing.start_over(partial(search_of, self._store, self._active))
        await self._drawing.repeat(to_repeat(marked))
        self._followed = study.trial_actions

    def _mark_cancelled(self, marked: Sequence[Trial]) -> None:
        for trial in marked:
            active = self._active.trials.get(trial.number)
            if active is not None and trial.cancel_wanted:
                active.trial = replace(active.trial, cancel_wanted=True)


def to_repeat(marked: Sequence[Trial]) -> list[Trial]:
    """The trials that have fewer repetitions than are wanted, each as often as one is missing."""
    made = Counter(trial.retry_of for trial in marked)
    return [trial for trial in marked for _ in range(trial.retries_wanted - made[trial.number])]
