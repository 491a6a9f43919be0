"""A worker as a Ray actor: commands come in through the concurrency group ``control``, messages leave as a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from service.dispatch import wire
from service.dispatch.worker.worker import Worker
from service.environment import replace_environment, without_ours


class RayWorker:
    """The class of the actor. Each group of methods has its own thread, so a command never waits for the stream."""

    def __init__(self, spec: str, environment: Mapping[str, str]) -> None:
        # Before torch is imported; and a node that others have started may know more than a worker should.
        replace_environment({**without_ours(os.environ), **environment})
        self._worker = Worker(wire.decode(spec))

    def command(self, text: str) -> None:
        """Do what a message of the pool says."""
        self._worker.command(text)

    def messages(self) -> Iterator[str]:
        """Everything the worker has to say, for its whole life."""
        yield from self._worker.messages()
