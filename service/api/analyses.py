"""Analyses of studies: asked of a helper process, and answered a second time from what is kept.

The process loads scipy and holds the interpreter for as long as a question takes, which the API must not. It is
started by the first question and ended when none has come for a while.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.concurrency import run_in_threadpool

from service.analysis.questions import Question
from service.dispatch.build import build_hash
from service.errors import ServiceError, Unavailable
from service.helper_process import HelperLost, HelperProcess
from service.storage.store import ApiStore
from service.study.records import Study

DEADLINE_SECONDS = 60.0
"""How long a question may take; less than a client waits."""
WRITING_SECONDS = 300.0
"""How long a file may take."""
IDLE_SECONDS = 300.0
"""After so long without a question the process is ended."""


class Analyses:
    """Answers questions about studies, one after the other."""

    def __init__(self, store: ApiStore, database: str) -> None:
        """``database`` is the URL from which the process reads rows."""
        self._store = store
        self._database = database
        self._helper = HelperProcess("service.api.analysis_process")
        self._turn = asyncio.Lock()
        self._idle: asyncio.Task[None] | None = None

    async def ask(self, study: Study, analysis: str, *, beside: Sequence[Study] = (), **arguments: Any) -> bytes:
        """The answer as JSON. ``beside`` are the other studies on whose rows it depends, named in the arguments.

        Raises:
            Unavailable: the process was lost or took too long, or other questions did.
            ServiceError: what the analysis itself refuses.
        """
        question = Question(analysis, study.id, arguments)
        place = study.id, study.version, _digest(question, beside)
        kept = await run_in_threadpool(self._store.analyses.get, *place)
        if kept is not None:
            return kept
        async with self._in_turn():
            # Who asked the same a moment before has had it answered meanwhile.
            answer = await run_in_threadpool(self._store.analyses.get, *place)
            if answer is None:
                answer = await self._answer(question, DEADLINE_SECONDS)
                await run_in_threadpool(self._store.analyses.keep, *place, answer)
        return answer

    async def write(self, study: Study, analysis: str, **arguments: Any) -> None:
        """Have a file written, which is not kept; ``arguments`` say where.

        Raises:
            Unavailable, ServiceError: as ``ask``.
        """
        async with self._in_turn():
            await self._answer(Question(analysis, study.id, arguments), WRITING_SECONDS)

    async def close(self) -> None:
        """End the process."""
        self._stay()
        await self._helper.end()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """While the process is asked nothing else, and stays."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self._turn.acquire()
        except TimeoutError as error:
            raise Unavailable(f"other analyses were not done within {DEADLINE_SECONDS:g} s; ask again") from error
        try:
            self._stay()
            yield
        finally:
            self._idle = asyncio.create_task(self._leave())
            self._turn.release()

    async def _answer(self, question: Question, seconds: float) -> bytes:
        try:
            packed = await self._helper.ask(pickle.dumps((self._database, question)), seconds)
        except HelperLost as lost:
            message = f"{question.analysis} of this study: {lost}; ask again, and a new process is started for it"
            raise Unavailable(message) from lost
        answer: bytes | ServiceError = pickle.loads(packed)  # noqa: S301 - our own process's, through its pipe
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    async def _leave(self) -> None:
        await asyncio.sleep(IDLE_SECONDS)
        async with self._turn:
            await self._helper.end()

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()


def _digest(question: Question, beside: Sequence[Study]) -> str:
    """Of all that the answer depends on but the study's own rows; our code is of it."""
    others = [(study.id, study.version) for study in beside]
    # Written as Python does: JSON has one null for None, nan and inf, which are different questions.
    parts = question.analysis, sorted(question.arguments.items()), others, build_hash()
    return hashlib.sha256(repr(parts).encode()).hexdigest()
