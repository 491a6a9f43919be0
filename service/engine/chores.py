"""Chores: what the engine that leads does on the side, so that what nobody needs any more is deleted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping

from service.errors import Unavailable

log = logging.getLogger(__name__)

PAUSE_SECONDS = 60.0
PAUSE_SHARE = 100.0
"""A round is followed by a pause of so many times its length at least, so that it takes no more than its share."""

Chores = Mapping[str, Callable[[], Iterator[int]]]
"""What is deleted, to what deletes it step by step: how many each step deleted."""


async def do_for_ever(chores: Chores) -> None:
    """Do one after the other, again and again; what does not answer is tried again in the next round."""
    while True:
        started = time.monotonic()
        for what, chore in chores.items():
            try:
                await _do(what, chore())
            except (OSError, Unavailable) as error:
                log.warning("%s are not deleted now: %s", what, error)
        await asyncio.sleep(max(PAUSE_SECONDS, PAUSE_SHARE * (time.monotonic() - started)))


async def _do(what: str, steps: Iterator[int]) -> None:
    total = 0
    while (deleted := await asyncio.to_thread(next, steps, None)) is not None:
        total += deleted
    if total:
        log.info("deleted %d %s", total, what)
