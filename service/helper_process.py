"""Processes of ours that answer questions: for what is heavy to import, or holds the interpreter for long.

``HelperProcess`` is who asks, ``answer_questions`` is the whole life of who answers; both say bytes through pipes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO, cast

from experiments import own_process

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
NICENESS = 10
_LENGTH = struct.Struct(">I")
"""Stands before each question and each answer."""


class HelperLost(Exception):
    """The process ended without an answer, or took too long and was ended."""


class HelperProcess:
    """One process, for one question at a time: started when it is first asked, and again after it was lost."""

    def __init__(self, module: str) -> None:
        """``module`` is one of ours, whose ``main`` is ``answer_questions``."""
        self._command = own_process.command(module)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id; none before it is first asked, and after it was lost."""
        return None if self._process is None else self._process.pid

    async def ask(self, question: bytes, seconds: float) -> bytes:
        """The answer.

        Raises:
            HelperLost: it ended, or had no answer after so many seconds; the next question starts another.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(question)
        except TimeoutError as error:
            await self.end()
            raise HelperLost(f"no answer within {seconds:g} s") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise HelperLost(f"its process ended ({await self.end()})") from error
        except asyncio.CancelledError:
            await self.end()  # its answer would be taken for that to the next question
            raise

    async def end(self) -> int | None:
        """End the process, if there is one; its exit status comes back."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.kill()
        return await process.wait()

    async def _exchange(self, question: bytes) -> bytes:
        process = self._process = self._process or await self._start()
        questions, answers = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
        questions.write(_LENGTH.pack(len(question)) + question)
        await questions.drain()
        (length,) = _LENGTH.unpack(await answers.readexactly(_LENGTH.size))
        return await answers.readexactly(length)

    async def _start(self) -> asyncio.subprocess.Process:
        pipe, variables = asyncio.subprocess.PIPE, {**os.environ, **ONE_THREAD}
        return await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, env=variables)


def answer_questions(answer: Callable[[bytes], bytes]) -> None:
    """Answer until nobody asks any more: with the process that does, its end of the pipe is gone."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at a terminal it is meant for the process that asks, which ends this
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints would be taken for an answer
        while (question := _read(sys.stdin.buffer)) is not None:
            said = answer(question)
            answers.write(_LENGTH.pack(len(said)) + said)
            answers.flush()


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    return stream.read(*_LENGTH.unpack(head)) if len(head) == _LENGTH.size else None
