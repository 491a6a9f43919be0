"""An objective that is late, logged now and then, or not finite: judged where it has points, and nowhere waited for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from service.engine.sampling.search import Search
from service.engine.state import ActiveStudy
from service.engine.task.new_trials import drawn_trial
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import Job
from service.study.states import RunState
from tests.service.engine.conftest import Bench
from tests.service.engine.task.test_resume_decisions import OneEpoch, summary
from tests.support.scripted_pool import ScriptedPool, accuracy

PRUNERS: dict[str, dict[str, Any]] = {
    "asha": {"name": "asha", "min_epochs": 1, "reduction_factor": 2},
    "asha from 2": {"name": "asha", "min_epochs": 2, "reduction_factor": 2},
    "median": {"name": "median", "n_startup_trials": 1, "warmup_epochs": 1},
    "median of every second": {"name": "median", "n_startup_trials": 1, "warmup_epochs": 1, "interval": 2},
}


def odd(job: Job) -> Sequence[float | None]:
    """Logged in odd epochs only, in half of the runs not finite in the third; the last epoch has no point."""
    first, second, third, _ = accuracy(job)
    third_epoch = math.nan if job.config["seed"] % 2 else second
    return [first, None, third_epoch, None, third, None]


@pytest.mark.parametrize("pruner", PRUNERS)
async def test_pruners_judge_real_points_only(bench: Bench, pruner: str) -> None:
    study = bench.submit(pruner=PRUNERS[pruner], max_trials=8)
    async with bench.engine(ScriptedPool(odd)):
        assert (await bench.ended(study)).state == "COMPLETED"
    pruned = [trial for trial in bench.store.trials.of_study(study.id) if trial.state == RunState.PRUNED]
    assert pruned
    assert {trial.reason.split(":")[0] for trial in pruned} <= {f"pruned at epoch {n}" for n in (1, 3, 5)}


@pytest.mark.parametrize("pruner", ["asha from 2", "median of every second"])
async def test_a_study_restarted_after_every_epoch_decides_the_same_at_the_same_points(
    bench: Bench, pruner: str
) -> None:
    changes: dict[str, Any] = {"pruner": PRUNERS[pruner], "max_trials": 3}
    undisturbed = bench.submit(name="undisturbed", **changes)
    async with bench.engine(ScriptedPool(odd)):
        await bench.ended(undisturbed)
    study = bench.submit(name="disturbed", **changes)
    while not bench.store.studies.get(study.id).state.ended:
        pool = OneEpoch(stops_at_report=False, leaves_checkpoints=True, script=odd)
        async with bench.engine(pool, crash=True):
            await bench.until(lambda pool=pool: pool.waiting or bench.store.studies.get(study.id).state.ended)
    assert summary(bench, study.id) == summary(bench, undisturbed.id)


@pytest.mark.parametrize(
    ("reduce", "values", "epoch"),
    [
        ("best", [0.5, math.inf, 0.25, math.nan], 1),
        ("best", [math.nan, 0.25, 0.5, -math.inf], 3),
        ("last", [math.nan, 0.5, 0.25, math.nan], 3),
        ("last", [None, 0.5, 0.25, None], 3),
        ("last", [0.25, 0.5, 0.25, 0.5], 4),
    ],
)
async def test_value_and_metrics_are_of_the_epoch_that_is_recorded(
    bench: Bench, reduce: str, values: list[float | None], epoch: int
) -> None:
    study = bench.submit(objective={"metric": "val_accuracy", "reduce": reduce}, max_trials=1)
    pool = ScriptedPool(lambda job: values)
    async with bench.engine(pool):
        await bench.ended(study)
    (run,) = bench.store.runs.of_study(study.id)
    (trial,) = bench.store.trials.of_study(study.id)
    assert pool.jobs[0].config["monitor"] == {"metric": "val_accuracy", "direction": "maximize", "reduce": reduce}
    assert (run.state, run.metrics_epoch, run.value) == (RunState.COMPLETED, epoch, values[epoch - 1])
    assert run.metrics == trial.metrics == {"val_accuracy": values[epoch - 1], "train_loss": 1 / epoch}
    assert trial.value == run.value


async def test_a_run_that_was_pruned_is_judged_by_the_same_epoch(bench: Bench) -> None:
    study = bench.submit(
        objective={"metric": "val_accuracy", "reduce": "last"},
        pruner={"name": "median", "n_startup_trials": 1, "warmup_epochs": 1},
        max_trials=2,
    )
    curves = iter([[0.9, 0.9, 0.9], [0.5, None, 0.25, 0.75], [0.5]])
    async with bench.engine(ScriptedPool(lambda job: next(curves))):
        await bench.ended(study)
    pruned = bench.store.runs.of_study(study.id)[1]
    assert (pruned.state, pruned.metrics_epoch, pruned.value) == (RunState.PRUNED, 3, 0.25)


async def test_a_run_without_a_finite_value_fails(bench: Bench) -> None:
    study = bench.submit(max_trials=1, max_failures={"first": 2})
    async with bench.engine(ScriptedPool(lambda job: [math.nan, math.inf, None])):
        await bench.ended(study)
    (run,) = bench.store.runs.of_study(study.id)
    assert (run.state, run.metrics_epoch) == (RunState.FAILED, None)
    assert run.reason == "the metric 'val_accuracy' has no finite value"


@pytest.mark.parametrize(("epochs", "passed"), [(3, 2), (4, 3)])
def test_a_decision_was_heard_if_the_run_went_on_behind_it(bench: Bench, epochs: int, passed: int) -> None:
    """The objective's last point is that of epoch 3; a fourth epoch without one is reported by who was let pass."""
    study = bench.submit(pruner=PRUNERS["asha"])
    active = ActiveStudy(study, StudyDefinition.parse(study.definition))
    trial, (run,) = drawn_trial(active, 0, Search(active.definition).ask(0))
    active.load([trial], [replace(run, epochs=epochs)], {run.id: {1: 0.5, 3: 0.75}})
    assert active.trials[0].runs[run.id].judged_place == passed
