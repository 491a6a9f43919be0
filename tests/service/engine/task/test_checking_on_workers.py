"""The check of a user's code on a real worker: what it finds, and what becomes of it when it is interrupted."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.plugins import own_code
from experiments.provenance import hash_of
from service.dispatch.pool import PoolOptions
from service.dispatch.process.pool import ProcessPool
from service.study.code import files_hash
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import PoolKey, Resources
from service.study.records import Study
from service.study.states import Desired, StudyState
from tests.service.engine.conftest import Bench
from tests.support.training.registering import registered

STARTING = 90
"""Seconds that a worker may need on a busy machine until it is warm."""
FOLDER = Path(__file__).parents[3] / "support" / "faulty"


@pytest.fixture(autouse=True)
def code() -> Iterator[dict[str, str]]:
    """The hashes of the module of many faults, which workers find too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH")])))
        own_code._LOADED.clear()  # what other tests have imported belongs to no code of these
        with registered("faulty_modules"):
            yield {f"{kind}.faulty": KINDS[kind]["faulty"].code_hash for kind in ("data", "model")}


@pytest.fixture
def pool(tmp_path: Path, code: dict[str, str]) -> ProcessPool:
    """One worker, which is warm for that module."""
    key = PoolKey(Resources(), files_hash(code))
    options = PoolOptions(str(tmp_path / "artifacts"), tmp_path / "workers", workers=1, default_key=key)
    options = replace(options, components=("faulty_modules",))
    return ProcessPool(options)


def submitted(bench: Bench, code: dict[str, str], name: str, objective: str = "val_loss", **model: Any) -> Study:
    definition = StudyDefinition.parse(
        {
            **{"name": name, "experiment": "faulty", "objective": objective, "sampler": "random"},
            **{"space": {"model": model}, "training": {"epochs": 3}, "max_trials": 1, "artifacts": "none"},
        }
    )
    provenance = {"code": code, "code_hash": hash_of(code)}
    return bench.store.studies.create(submission_of(definition, provenance))[0]


async def test_one_worker_checks_study_after_study_until_it_is_killed(
    bench: Bench, code: dict[str, str], pool: ProcessPool, tmp_path: Path
) -> None:
    """Warm workers are dear, so all of it happens to one."""
    async with bench.engine(pool):
        await _tell_faults(bench, code, pool)
        await _survive_a_kill(bench, code, pool, tmp_path)


async def _tell_faults(bench: Bench, code: dict[str, str], pool: ProcessPool) -> None:
    """With their line; neither the worker nor other studies notice."""
    raising = submitted(bench, code, "raising", fault="init")
    leaving = submitted(bench, code, "leaving", fault="exit")
    late = submitted(bench, code, "late", "val_f1")
    sound = submitted(bench, code, "sound")
    studies = raising, leaving, late, sound
    await bench.until(lambda: bool(pool.workers()))
    (worker,) = pool.workers()
    await bench.until(lambda: all(bench.store.studies.get(study.id).state.ended for study in studies), STARTING)
    assert [each.id for each in pool.workers()] == [worker.id]
    ended = {study.name: bench.store.studies.get(study.id) for study in studies}
    assert {name: study.state for name, study in ended.items()} == {
        "raising": StudyState.FAILED,
        "leaving": StudyState.FAILED,
        "late": StudyState.COMPLETED,
        "sound": StudyState.COMPLETED,
    }
    assert "ValueError: width must be even (faulty_modules.py:" in ended["raising"].reason
    assert "the code called exit(3) (faulty_modules.py:" in ended["leaving"].reason
    check, passed = ended["raising"].code_check, ended["late"].code_check
    assert check is not None
    assert check.traceback.startswith(f'Traceback (most recent call last):\n  File "{FOLDER / "faulty_modules.py"}"')
    assert passed is not None
    assert "the objective 'val_f1' was not logged in 2 epochs" in passed.warnings[0]
    assert bench.store.trials.of_study(raising.id) == []


async def _survive_a_kill(bench: Bench, code: dict[str, str], pool: ProcessPool, folder: Path) -> None:
    """The check begins again on another worker, which a pause ends."""
    study = submitted(bench, code, "waiting", fault="waits", file=str(folder))
    await bench.until(lambda: bool(pids(folder)))
    os.kill(*pids(folder), signal.SIGKILL)
    await bench.until(lambda: len(pids(folder)) == 2, STARTING)
    assert bench.store.studies.get(study.id).state is StudyState.QUEUED
    bench.store.desired_state.set(study.id, Desired.PAUSED)
    await bench.until(lambda: bench.store.studies.get(study.id).state is StudyState.PAUSED)
    await bench.until(lambda: pool.workers() == [])


def pids(folder: Path) -> list[int]:
    """The workers that have begun to build a module that waits."""
    return [int(each.name) for each in folder.iterdir() if each.name.isdigit()]
