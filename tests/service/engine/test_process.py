"""The engine as a process of its own."""

from __future__ import annotations

import asyncio
import signal

import pytest

from service.engine import __main__ as engine
from service.plugins import Plugins
from service.settings import Settings
from tests.support.scripted_pool import ScriptedPool, accuracy


async def test_what_it_needs_to_work_is_never_searched_for_garbage(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_apart = asyncio.Event()

    class Pool(ScriptedPool):
        """Imports as much as Ray."""

        async def start(self, epoch: int) -> None:
            assert not set_apart.is_set()
            await super().start(epoch)

    monkeypatch.setattr(engine.gc, "freeze", set_apart.set)
    monkeypatch.setattr(engine, "make_pool", lambda settings, store: Pool(accuracy))
    serving = asyncio.create_task(engine.serve(settings, Plugins(settings)))
    async with asyncio.timeout(60):
        await set_apart.wait()
        signal.raise_signal(signal.SIGTERM)
        await serving
