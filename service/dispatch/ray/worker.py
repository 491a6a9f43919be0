"""A worker as a Ray actor: commands come in through the concurrency group ``control``, messages leave as a stream.

The actor outlives the engine that made it. Its arguments and answers are texts and numbers, so that an engine of
another build can still ask who it is, and end it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import psutil

from service.dispatch import wire
from service.dispatch.build import build_hash
from service.dispatch.worker.worker import Worker
from service.environment import replace_environment, without_ours


class RayWorker:
    """The class of the actor. Each group of methods has its own thread, so a command never waits for the stream."""

    def __init__(self, spec: str, environment: Mapping[str, str]) -> None:
        # Before torch is imported; and a node that others have started may know more than a worker should.
        replace_environment({**without_ours(os.environ), **environment})
        self._build = build_hash()  # of the files as they are now that they are imported
        self._worker = Worker(wire.decode(spec), self._end)

    def attach(self, epoch: int) -> tuple[int, str, str]:
        """Obey an engine: the version of the protocol, the build, and, for one of that version, `wire.Attached`."""
        return wire.VERSION, self._build, wire.encode(self._worker.attach(epoch))

    def command(self, text: str) -> None:
        """Do what an order of the pool says."""
        self._worker.obey(text)

    def messages(self, epoch: int) -> Iterator[str]:
        """Everything the worker has to say to the engine with this epoch."""
        yield from self._worker.messages(epoch)

    def leave(self, epoch: int) -> bool:
        """End; false if the engine with this epoch was replaced."""
        return self._worker.leave(epoch)

    def _end(self) -> None:
        for process in psutil.Process().children(recursive=True):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        os._exit(0)  # the training thread is not asked; Ray sees an actor that is gone
