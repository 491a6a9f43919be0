"""Blobs are deleted once nothing has referred to them for a while, and never while somebody may be about to."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.blobs.collector import GRACE_SECONDS, BlobCollector


class Bench:
    """Blobs, what rows say of them, and the time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.blobs = ArtifactStore(str(directory / "artifacts"))
        self.needed: set[str] = set()
        self.answers = 1000
        """How often the database answers yet."""
        self.now = 1000.0
        self.held_up = 0.0
        """Seconds that pass between the look at the rows and what follows from it."""
        self.collector = BlobCollector(self.blobs, self)

    def referenced(self, sha256s: Collection[str]) -> set[str]:
        self.answers -= 1
        if self.answers < 0:
            raise Unavailable
        found = self.needed.intersection(sha256s)
        self.now += self.held_up
        return found

    def monotonic(self) -> float:
        return self.now

    def put(self, content: bytes) -> str:
        path = self.directory / "file"
        path.write_bytes(content)
        return self.blobs.put(path).sha256

    def later(self, share: float = 1.0) -> set[str]:
        """What is left after a pass in a while."""
        self.now += share * GRACE_SECONDS
        list(self.collector.collect())
        return set(self.blobs.names())


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)
    monkeypatch.setattr("service.storage.blobs.collector.time", bench)
    return bench


def test_what_nobody_needs_is_deleted_after_a_while(bench: Bench) -> None:
    needed, useless = bench.put(b"needed"), bench.put(b"useless")
    bench.needed = {needed}
    assert bench.later() == bench.later(0.9) == {needed, useless}
    assert bench.later(0.1) == {needed}
    assert bench.later() == {needed}


def test_bytes_put_again_wait_for_their_row_as_if_new(bench: Bench) -> None:
    shared = bench.put(b"same")
    bench.later()
    assert bench.put(b"same") == shared
    assert bench.later() == bench.later(0.5) == {shared}
    bench.needed = {shared}
    assert bench.later() == {shared}


def test_what_was_needed_meanwhile_waits_anew(bench: Bench) -> None:
    blob = bench.put(b"a checkpoint")
    bench.later()
    bench.needed = {blob}
    bench.later()
    bench.needed = set()
    assert bench.later() == {blob}
    assert bench.later() == set()


def test_rows_that_a_lost_database_held_up_are_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.blobs.collector.STEP", 1)
    blobs = {bench.put(content) for content in (b"their rows", b"are on the way")}
    bench.later()
    bench.answers = 1
    with pytest.raises(Unavailable):
        bench.later(0.5)
    bench.answers = 1000
    assert bench.later(0.5) == blobs
    assert bench.later() == set()


@pytest.mark.parametrize("held_up", ["the first pass", "the second"])
def test_a_pass_that_is_held_up_waits_for_nobody_s_row(bench: Bench, held_up: str) -> None:
    """As when the engine's process is stopped between its look at the rows and what follows from it."""
    blob = bench.put(b"its row is on the way")
    bench.held_up = GRACE_SECONDS if held_up == "the first pass" else 0.0
    bench.later()
    bench.held_up = GRACE_SECONDS - bench.held_up
    assert bench.later(0.5) == {blob}
    bench.needed = {blob}
    assert bench.later() == {blob}
