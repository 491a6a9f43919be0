"""The events of workers and askers as one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from service.dispatch.elsewhere.pool import merged
from service.errors import PoolFailed
from service.study.jobs import Event, Lost
from service.study.states import FailureKind


def event(run: str) -> Event:
    return Event(run, 1, 0, Lost(FailureKind.WORKER_LOST, ""))


async def silent(ended: list[str]) -> AsyncIterator[Sequence[Event]]:
    """Says nothing, and notes when nobody listens any more."""
    try:
        await asyncio.Event().wait()
        yield []
    finally:
        ended.append("silent")


async def speaking(*runs: str, error: Exception | None = None) -> AsyncIterator[Sequence[Event]]:
    for run in runs:
        yield [event(run)]
    if error:
        raise error


async def test_it_ends_when_one_of_them_does_and_lets_the_other_go() -> None:
    ended: list[str] = []
    heard = [each.run_id async for batch in merged(speaking("a", "b"), silent(ended)) for each in batch]
    assert (heard, ended) == (["a", "b"], ["silent"])


async def test_what_one_of_them_raises_is_raised() -> None:
    ended: list[str] = []
    with pytest.raises(PoolFailed):
        [batch async for batch in merged(silent(ended), speaking("a", error=PoolFailed("gone")))]
    assert ended == ["silent"]
