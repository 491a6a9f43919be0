"""The engine has deleted what nobody needs for as long as it leads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.engine import chores
from service.storage.blobs import collector
from service.storage.blobs.artifact_store import ArtifactStore
from service.study.records import Artifact
from service.study.states import Desired
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import ScriptedPool, accuracy


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((chores, "PAUSE_SECONDS"), (chores, "PAUSE_SHARE"), (collector, "GRACE_SECONDS")):
        monkeypatch.setattr(module, name, 0.01)


async def test_a_deleted_study_frees_its_bytes(bench: Bench, tmp_path: Path) -> None:
    blobs = ArtifactStore(str(tmp_path / "artifacts"))
    (tmp_path / "model.pt").write_bytes(b"weights")
    study = bench.submit(max_trials=1)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
    (run,) = bench.store.runs.of_study(study.id)
    blob = blobs.put(tmp_path / "model.pt")
    with bench.store.transaction(bench.store.leadership.lead("test", 0.0) or 0) as transaction:
        transaction.add_artifact(Artifact(run.id, "model.pt", blob.sha256, blob.size, "", run.created_at))
    passes = threading.Semaphore(0)

    def collect() -> Iterator[int]:
        yield from collecting.collect()
        passes.release()

    collecting = collector.BlobCollector(blobs, bench.store.references)
    async with bench.engine(ScriptedPool(accuracy), chores={"files": collect}):
        await bench.until(lambda: all(passes.acquire(blocking=False) for _ in range(3)))
        assert list(blobs.names()) == [blob.sha256]
        bench.store.desired_state.set(study.id, Desired.DELETED)
        await bench.until(lambda: not list(blobs.names()))


async def test_what_does_not_answer_is_done_later(bench: Bench) -> None:
    passes = iter([OSError("gone"), None])
    tidied = threading.Event()

    def collect() -> Iterator[int]:
        failure = next(passes, None)
        if failure is not None:
            raise failure
        tidied.set()
        yield 0

    async with bench.engine(ScriptedPool(accuracy), chores={"files": collect}):
        await bench.until(tidied.is_set)
