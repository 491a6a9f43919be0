"""Which nodes are given no new run for now: those that do not answer, and those on which no worker comes up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a node on which no worker came up is tried again: after the first failure, and at most."""
_DOUBT = 30.0
"""Seconds before a node that did not answer is tried again, if it is still there: Ray needs up to 25 to be sure."""


@dataclass
class _Failure:
    """What is wrong with a node, how often no worker came up there in a row, and when it is tried again."""

    message: str
    times: int
    reopening: asyncio.TimerHandle
    closed: bool = True


class ClosedNodes:
    """A worker that is lost with its node, or never comes up, is no fault of its run's, so the run is placed anew.

    It goes to another node, or waits: a node that lacks a library would else be tried as fast as it can refuse.
    """

    def __init__(self, reopened: Callable[[], None]) -> None:
        """``reopened`` is called whenever something may be started on a node again."""
        self._reopened = reopened
        self._failures: dict[str, _Failure] = {}

    def __contains__(self, node: object) -> bool:
        """Whether nothing is started there now."""
        failure = self._failures.get(str(node))
        return failure is not None and failure.closed

    def note_silence(self, node: str) -> None:
        """A worker there cannot be reached any more."""
        self._close(node, f"node {node} does not answer", times=0, pause=_DOUBT)

    def note_failure(self, node: str, message: str) -> None:
        """No worker came up there: the pause is longer each time."""
        before = self._failures.get(node)
        times = 1 if before is None else before.times + 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (times - 1))
        self._close(node, f"no worker comes up on node {node}: {message}", times=times, pause=pause)

    def note_success(self, node: str) -> None:
        """A worker came up there."""
        failure = self._failures.pop(node, None)
        if failure is not None:
            failure.reopening.cancel()
            self._reopened()

    def keep(self, nodes: Container[str]) -> None:
        """Forget what was wrong with nodes that are gone."""
        for node in [node for node in self._failures if node not in nodes]:
            self._failures.pop(node).reopening.cancel()

    def reasons(self) -> list[str]:
        """What is wrong with the nodes that are not well."""
        return [failure.message for failure in self._failures.values()]

    def _close(self, node: str, message: str, *, times: int, pause: float) -> None:
        before = self._failures.get(node)
        if before is not None:
            before.reopening.cancel()
        reopening = asyncio.get_running_loop().call_later(pause, self._reopen, node)
        self._failures[node] = _Failure(message, times, reopening)

    def _reopen(self, node: str) -> None:
        self._failures[node].closed = False
        self._reopened()
