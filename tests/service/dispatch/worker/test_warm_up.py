"""What a worker does before its first run."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from service.dispatch.wire import WorkerSpec
from service.dispatch.worker.warm_up import prepare
from service.study.jobs import PoolKey, Resources

TRAINER = """
import gc

SEEN = [gc.isenabled()]
LASTING = [[] for _ in range(1000)]


def train(*words):
    SEEN.append(gc.isenabled())
    raise RuntimeError("a rehearsal that fails")
"""


def test_no_garbage_is_looked_for_among_what_is_imported_and_afterwards_among_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rehearsed.py").write_text(TRAINER)
    monkeypatch.syspath_prepend(tmp_path)
    before = gc.get_freeze_count()

    prepare(WorkerSpec("w1", PoolKey(Resources()), str(tmp_path), trainer="rehearsed"))

    import rehearsed

    assert rehearsed.SEEN == [False, False]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(rehearsed.LASTING)


def test_a_worker_without_its_trainer_says_so_and_looks_for_garbage_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="no_such_trainer"):
        prepare(WorkerSpec("w1", PoolKey(Resources()), str(tmp_path), trainer="no_such_trainer"))
    assert gc.isenabled()
