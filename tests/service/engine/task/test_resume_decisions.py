"""Runs that go on exactly where their record ends: the pruner has seen, and decides, what it would have undisturbed."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from experiments.reporting import Decision
from service.study.jobs import Job
from tests.service.engine.conftest import Bench
from tests.support.scripted_pool import Script, ScriptedPool, accuracy

CHANGES: dict[str, Any] = {
    "sampler": "random",
    "pruner": {"name": "asha", "min_epochs": 1, "reduction_factor": 2},
    "max_trials": 6,
}


class OneEpoch(ScriptedPool):
    """A run trains one epoch and waits at the gate, which a stop opens."""

    def __init__(self, *, stops_at_report: bool, leaves_checkpoints: bool, script: Script = accuracy) -> None:
        super().__init__(script)
        self.stops_at_report, self.leaves_checkpoints = stops_at_report, leaves_checkpoints
        self.gate.clear()
        self.epochs = count()
        self.waiting = False
        self.holds = self._hold

    def _hold(self, job: Job) -> bool:
        if job.task == "evaluate":
            return False
        self.waiting = next(self.epochs) >= (not self.stops_at_report)
        return self.waiting

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        await super().stop(run_id, checkpoint=checkpoint)
        self.gate.set()


def summary(bench: Bench, study_id: str) -> list[tuple[Any, ...]]:
    trials = bench.store.trials.of_study(study_id)
    return [(t.number, t.state, t.value, t.reason, t.sampler_attrs) for t in trials]


@pytest.mark.parametrize("way", ["before an epoch", "at a report", "crash"])
async def test_p8_a_study_that_is_restarted_after_every_epoch_decides_as_if_undisturbed(bench: Bench, way: str) -> None:
    undisturbed = bench.submit(name="undisturbed", **CHANGES)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(undisturbed)
    study = bench.submit(name="disturbed", **CHANGES)
    while not bench.store.studies.get(study.id).state.ended:
        pool = OneEpoch(stops_at_report=way == "at a report", leaves_checkpoints=way == "crash")
        async with bench.engine(pool, crash=way == "crash"):
            await bench.until(lambda pool=pool: pool.waiting or bench.store.studies.get(study.id).state.ended)
    assert summary(bench, study.id) == summary(bench, undisturbed.id)


class DeafToPrune(ScriptedPool):
    """The worker of the first run that is pruned dies before it hears so."""

    deaths = 0

    async def decide(self, run_id: str, attempt: int, seq: int, decision: Decision) -> None:
        if decision == Decision.PRUNE and not self.deaths:
            self.deaths += 1
            await self.kill(run_id)
        else:
            await super().decide(run_id, attempt, seq, decision)


async def test_a_run_that_was_pruned_and_never_heard_so_is_pruned(bench: Bench) -> None:
    undisturbed = bench.submit(name="undisturbed", **CHANGES)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(undisturbed)
    pool, study = DeafToPrune(accuracy), bench.submit(name="disturbed", **CHANGES)
    async with bench.engine(pool):
        await bench.ended(study)
    assert pool.deaths == 1
    assert summary(bench, study.id) == summary(bench, undisturbed.id)
