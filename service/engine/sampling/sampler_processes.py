"""Where samplers that learn are asked: helper processes, at most two for the whole engine.

Fitting a model holds the interpreter for a tenth of a second, during which the engine's loop could serve nobody. A
helper keeps nothing between two questions, so any of them answers any study, and one that is lost or too slow is ended
and the question asked once more of a fresh one.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from service.engine.sampling.proposals import Proposal, Question, propose
from service.helper_process import HelperLost, HelperProcess
from service.study.records import SamplerProcess

log = logging.getLogger(__name__)

DEADLINE = 60.0
"""Seconds after which a question is asked elsewhere."""
TRIES = 2
"""How often a question is asked."""
IDLE = SamplerProcess(None)


class SamplingFailed(Exception):
    """A sampler raised, or did not answer in time."""


class Proposer(Protocol):
    """Whoever answers questions."""

    async def propose(self, question: Question) -> Proposal:
        """What the sampler says to the question.

        Raises:
            SamplingFailed: the sampler raised, or none of its processes answered.
        """
        ...

    def processes(self) -> Sequence[SamplerProcess]:
        """Those that there are for it, with what each is asked now."""
        ...

    async def close(self) -> None:
        """End what was started for it."""
        ...


class InThread:
    """Answers in a thread of this process: for samplers that do not learn, and for tests.

    A random draw takes less time than to have a thread do it, so it is made here, in a turn of the loop of its own.
    """

    async def propose(self, question: Question) -> Proposal:
        """See ``Proposer``."""
        try:
            if not question.by_chance:
                return await asyncio.to_thread(propose, question)
            await asyncio.sleep(0)
            return propose(question)
        except Exception as error:
            raise SamplingFailed(f"{type(error).__name__}: {error}") from error

    def processes(self) -> Sequence[SamplerProcess]:
        """None but the engine's own."""
        return ()

    async def close(self) -> None:
        """Nothing was started."""


class SamplerProcesses:
    """Answers in helper processes, started when they are first needed; what needs no model is answered here."""

    def __init__(self, n_processes: int = 2) -> None:
        self._helpers = [HelperProcess("service.engine.sampling.proposals") for _ in range(n_processes)]
        # The last one that was idle is asked first: as long as one is enough, no second one starts.
        self._idle: asyncio.LifoQueue[HelperProcess] = asyncio.LifoQueue()
        for helper in self._helpers:
            self._idle.put_nowait(helper)
        self._here = InThread()
        self._asked: dict[HelperProcess, SamplerProcess] = {}

    async def propose(self, question: Question) -> Proposal:
        """See ``Proposer``."""
        if not question.is_heavy:
            return await self._here.propose(question)
        packed = await asyncio.to_thread(pickle.dumps, question)
        for _ in range(TRIES):
            answer = await self._ask(packed, question)
            if isinstance(answer, Proposal):
                return answer
            if answer is not None:
                raise SamplingFailed(answer)
        raise SamplingFailed(f"its process was lost, or gave no answer within {DEADLINE:g} s, {TRIES} times")

    def processes(self) -> Sequence[SamplerProcess]:
        """See ``Proposer``."""
        return [replace(self._asked.get(helper, IDLE), pid=helper.pid) for helper in self._helpers]

    async def _ask(self, packed: bytes, question: Question) -> Proposal | str | None:
        """A proposal, what the sampler raised, or nothing where the helper was lost or took too long."""
        helper = await self._idle.get()
        self._asked[helper] = SamplerProcess(None, question.sampler.name, len(question.past), datetime.now(UTC))
        try:
            said = await helper.ask(packed, DEADLINE)
        except HelperLost as lost:
            log.warning("action='end helper' reason=%r", lost)
            return None
        finally:
            del self._asked[helper]
            self._idle.put_nowait(helper)
        answer: dict[str, Any] | str = pickle.loads(said)  # noqa: S301 - our own process's, through its pipe
        return answer if isinstance(answer, str) else Proposal(**answer)

    async def close(self) -> None:
        """End the helpers."""
        for helper in self._helpers:
            await helper.end()
