"""An hour of the whole engine, in simulated time: what studies of different weight get of the workers."""

from __future__ import annotations

import pytest

from service.study.records import Study
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import ScriptedPool
from tests.support.simulated_service import SimulatedService

HOUR = 3600.0
ENDLESS = {"max_trials": 10_000, "max_concurrent_trials": 10, "training": {"epochs": 1}, "artifacts": "none"}


def test_two_studies_of_priority_2_and_1_share_the_workers_2_to_1(bench: Bench) -> None:
    """Though the runs of one take longer. What they hold is told by their rows; so is that no worker ever waited."""
    service, pool = SimulatedService(bench.database, look_seconds=HOUR), ScriptedPool(lambda job: [0.5], n_workers=3)
    lasts = {study.id: seconds for study, seconds in zip(submitted(bench), (60.0, 100.0), strict=True)}
    pool.epoch_seconds = lambda job: lasts[service.store.runs.get(job.run_id).study_id]
    service.start(pool)
    service.let_pass(HOUR)
    first, second = (service.store.studies.get(study_id).spent.seconds for study_id in lasts)
    service.stop()
    service.close()
    assert first / second == pytest.approx(2, rel=0.05)
    assert first + second == pytest.approx(3 * HOUR, rel=0.01)


def submitted(bench: Bench) -> list[Study]:
    return [bench.submit(name=f"p{priority}", priority=priority, **ENDLESS) for priority in (2, 1)]


def test_what_is_changed_while_studies_run_holds_from_then_on(bench: Bench) -> None:
    """Equal weights; then 4 : 1; then the heavier study may hold one worker alone, and the other has the rest."""
    service, pool = SimulatedService(bench.database, look_seconds=HOUR), ScriptedPool(lambda job: [0.5], n_workers=3)
    pool.epoch_seconds = lambda job: 60.0
    changed, other = (bench.submit(name=name, **ENDLESS).id for name in ("changed", "other"))
    service.start(pool)

    def held() -> list[float]:
        return [service.store.studies.get(study_id).spent.seconds for study_id in (changed, other)]

    shares = []
    for changes in ({}, {"priority": 2}, {"max_concurrent_trials": 1}):
        service.store.desired_state.update(changed, changes)
        before = held()
        service.let_pass(HOUR / 4)
        took = [now - then for now, then in zip(held(), before, strict=True)]
        shares.append(took[0] / sum(took))
    service.stop()
    service.close()
    assert shares == pytest.approx([1 / 2, 4 / 5, 1 / 3], abs=0.05)
