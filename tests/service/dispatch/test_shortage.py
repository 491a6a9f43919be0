"""What the ledger says to a run for which all workers are busy."""

from __future__ import annotations

import pytest

from service.dispatch.ledger import Ledger, Placement
from service.study.jobs import PoolKey, Resources

KEY = PoolKey(Resources(1))


@pytest.mark.parametrize(
    ("workers", "n_own", "said"),
    [
        (2, 0, "waits for one of 2 busy workers"),
        (2, 1, "all 2 workers are busy, 1 of them with this study"),
        (2, 2, "all 2 workers are busy with this study"),
        (1, 0, "waits for the one busy worker"),
        (1, 1, "the only worker is busy with this study"),
    ],
)
def test_it_tells_who_waits_for_others_from_who_keeps_the_workers_busy(workers: int, n_own: int, said: str) -> None:
    book = Ledger({"a": Resources(workers)}, workers)
    for number in range(workers):
        book.grant(f"w{number}", Placement(KEY, node="a"))
        book.occupy(f"w{number}")
    assert book.shortage(KEY, n_own=n_own) == said
