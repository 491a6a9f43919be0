"""The writer gathers what belongs together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from service.engine import writer as writing
from service.engine.writer import Writer
from service.storage.store import Store
from service.storage.writes.engine_writes import EngineTransaction
from tests.service.engine.conftest import Bench


class CountingStore(Store):
    """Counts its transactions."""

    n_transactions = 0

    @contextmanager
    def transaction(self, epoch: int) -> Iterator[EngineTransaction]:
        self.n_transactions += 1
        with super().transaction(epoch) as transaction:
            yield transaction


async def test_a_write_waits_a_moment_for_what_follows_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    follows = iter(["second", "third"])

    def rest(_: float) -> None:
        for name in follows:
            writer.put(lambda _, name=name: order.append(name))  # type: ignore[misc]

    monkeypatch.setattr(writing, "sleep", rest)
    store = CountingStore(bench.database)
    epoch = store.leadership.lead("test", 5.0)
    assert epoch is not None
    writer = Writer(store, epoch)
    await writer.write(lambda _: order.append("first"))
    writer.close()
    assert (order, store.n_transactions) == (["first", "second", "third"], 1)
