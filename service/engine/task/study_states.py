"""The steps from one state of a study to the next. `Course` says which is due, and takes one at a time.

What is wanted may change while a step is under way: the next look at it decides what comes then.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from service.engine.context import EngineContext
from service.engine.own_code import hold
from service.engine.state import ActiveStudy
from service.engine.task.checking import REASON, Checking
from service.engine.task.evaluation import Evaluation, GivenUp, OtherCode
from service.engine.transitions import Transition
from service.engine.writer import StudyWriter
from service.study.states import StudyState


class StudyStates:
    """Writes each state, and then believes it."""

    def __init__(
        self,
        active: ActiveStudy,
        context: EngineContext,
        writer: StudyWriter,
        evaluation: Evaluation,
        checking: Checking,
    ) -> None:
        self._active = active
        self._context = context
        self._writer = writer
        self._evaluation = evaluation
        self._checking = checking
        self.deleted = False

    async def begin(self) -> None:
        """Run, if the code of the study is still there, and was tried out."""
        reason = await self._context.code.missing(self._active.study)
        if reason:
            await self.hold(reason)
        elif await self._checking.begin():
            await self.change(StudyState.QUEUED, REASON)
        else:
            await self.change(StudyState.RUNNING, "")

    async def hold(self, reason: str) -> None:
        """Pause on our own account."""
        study, at_rest = self._active.study, self._active.n_submitted() == 0
        await self._writer.write(partial(hold, study, reason, at_rest=at_rest))
        self._active.study = await asyncio.to_thread(self._context.store.studies.get, study.id)

    async def change(self, state: StudyState, reason: str, wanted: int | None = None) -> None:
        """Be in this state. ``wanted`` is the study's from when its end was judged: a later wish, for more trials say,
        is not answered by COMPLETED, and the study runs on."""
        study_id = self._active.study.id
        await self._writer.write(lambda tx: tx.set_study_state(study_id, state, reason, wanted))
        Transition(f"study {state}", reason=reason).log(study_id)
        self._active.study = replace(self._active.study, state=state, reason=reason)

    async def end(self, state: StudyState, reason: str, wanted: int) -> None:
        """End, if COMPLETED with the result of the best trial on the test split."""
        if state == StudyState.COMPLETED:
            try:
                await self._writer.flush()  # which runs the best trial had, and what they left, is read there
                result = await self._evaluation.of_best()
            except OtherCode as refusal:
                await self.hold(str(refusal))
                return
            except GivenUp:
                return
            if result is not None:
                await self._writer.write(lambda tx: tx.set_test_result(self._active.study.id, result))
        await self.change(state, reason, wanted)

    async def delete(self) -> None:
        """Have no rows any more."""
        await self._writer.write(lambda tx: tx.delete_study(self._active.study.id))
        self.deleted = True
