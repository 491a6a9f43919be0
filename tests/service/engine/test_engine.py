"""The engine against a real store, with scripted workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from experiments.reporting import Decision
from search_spaces import sampling
from service.study.jobs import Job, Lost
from service.study.states import Desired, FailureKind, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import Crash, NodeGone, ScriptedPool, ScriptedRun, accuracy, failing


def summary(bench: Bench, study_id: str) -> list[tuple[Any, ...]]:
    return [(t.number, dict(t.parameters), t.state, t.value, t.reason) for t in bench.store.trials.of_study(study_id)]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_a_study_runs_all_its_trials_once(bench: Bench, sampler: str) -> None:
    study, pool = bench.submit(sampler=sampler), ScriptedPool(accuracy, n_workers=2)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert (ended.state, ended.reason) == (StudyState.COMPLETED, "all 6 trials are done")
    assert states(bench, study.id) == [RunState.COMPLETED] * 6
    assert (ended.reserved_epochs, ended.spent.epochs) == (0, 6 * 4)
    assert len({job.run_id for job in pool.jobs if job.task == "train"}) == 6
    for trial in bench.store.trials.of_study(study.id):
        assert trial.value == pytest.approx(1 - abs(trial.parameters["optimizer.sgd.lr"] - 0.1) / 2)


async def test_a_grid_ends_by_itself(bench: Bench) -> None:
    space = {
        "optimizer": {"name": "sgd", "lr": {"choice": [0.1, 0.2]}},
        "schedule": {"choice": [{"name": "constant", "warmup": 0.0}, {"name": "cosine", "warmup": 0.0}]},
    }
    study = bench.submit(sampler="grid", space=space, max_trials=None)
    async with bench.engine(ScriptedPool(accuracy, n_workers=3)):
        ended = await bench.ended(study)
    assert ended.reason == "all 4 points of the grid are done"
    seen = {(t.config["optimizer"]["lr"], t.config["schedule"]["name"]) for t in bench.store.trials.of_study(study.id)}
    assert len(seen) == 4


@pytest.mark.parametrize("sampler", ["random", "tpe"])
@pytest.mark.parametrize("pruner", ["none", "median", "asha"])
async def test_a_study_repeats_itself_with_one_trial_at_a_time(bench: Bench, sampler: str, pruner: str) -> None:
    changes = {"sampler": sampler, "pruner": pruner, "max_trials": 15, "max_concurrent_trials": 1}
    first, second = bench.submit(name="first", **changes), None
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(first)
        second = bench.submit(name="second", **changes)
        await bench.ended(second)
    assert summary(bench, first.id) == summary(bench, second.id)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_p8_after_a_crash_the_search_goes_on_as_if_unbroken(bench: Bench, sampler: str) -> None:
    changes = {"sampler": sampler, "pruner": "asha", "max_trials": 14, "max_concurrent_trials": 1}
    unbroken = bench.submit(name="unbroken", **changes)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(unbroken)
    broken = bench.submit(name="broken", **changes)
    for n_done in (3, 8):
        async with bench.engine(ScriptedPool(accuracy), crash=True):
            await bench.until(lambda n=n_done: sum(s.ended for s in states(bench, broken.id)) >= n)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(broken)
    assert [row[:4] for row in summary(bench, broken.id)] == [row[:4] for row in summary(bench, unbroken.id)]


async def test_median_pruning_says_why(bench: Bench) -> None:
    study = bench.submit(pruner={"name": "median", "n_startup_trials": 3, "warmup_epochs": 0}, max_trials=12)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.ended(study)
    pruned = [t for t in bench.store.trials.of_study(study.id) if t.state == RunState.PRUNED]
    assert pruned
    assert "below the median" in pruned[0].reason
    assert "of 3 trials" in pruned[0].reason
    run = bench.store.runs.of_trial(pruned[0].id)[0]
    assert bench.store.curves.get(run.id).epoch.tolist()[-1] == int(pruned[0].reason.split()[3].rstrip(":"))


async def test_every_trial_failing_ends_the_study_with_the_reason(bench: Bench) -> None:
    study = bench.submit(max_trials=60)
    async with bench.engine(ScriptedPool(failing)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.FAILED
    assert ended.reason == "its first 5 trials all failed; the last: shapes do not match"
    done = bench.store.trials.of_study(study.id)
    assert 5 <= sum(t.state == RunState.FAILED for t in done) < 10  # what had started before the fifth end was stored
    assert all(t.state in {RunState.FAILED, RunState.CANCELLED} for t in done)
    assert "Traceback" in bench.store.runs.log(bench.store.runs.of_trial(done[0].id)[0].id)


async def test_a_failed_study_can_be_resumed_and_its_failures_are_forgiven(bench: Bench) -> None:
    study = bench.submit(max_trials=20)
    async with bench.engine(ScriptedPool(failing)):
        await bench.ended(study)
    bench.store.desired_state.set(study.id, Desired.RUNNING)
    async with bench.engine(ScriptedPool(accuracy)):
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    assert RunState.COMPLETED in states(bench, study.id)


async def test_a_diverged_trial_fails_and_the_study_goes_on(bench: Bench) -> None:
    def diverging(job: Job) -> Sequence[float]:
        if job.config["optimizer"]["lr"] > 0.2:
            raise FloatingPointError("the loss became nan in epoch 1")
        return accuracy(job)

    study = bench.submit(sampler="tpe", max_trials=20)
    async with bench.engine(ScriptedPool(diverging)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    failed = [t for t in bench.store.trials.of_study(study.id) if t.state == RunState.FAILED]
    assert failed
    assert failed[0].reason == "the loss became nan in epoch 1"


async def test_memory_that_ran_out_is_tried_once_more_whatever_else_ended_attempts(bench: Bench) -> None:
    ends: list[BaseException] = [Crash(), MemoryError("no memory"), MemoryError("no memory again")]

    def script(job: Job) -> Sequence[float]:
        raise ends[job.start - 1]

    study = bench.submit(max_trials=1)
    async with bench.engine(ScriptedPool(script)):
        await bench.ended(study)
    (run,) = bench.store.runs.of_study(study.id)
    assert (run.state, run.attempt, run.failure) == (RunState.FAILED, 3, FailureKind.OUT_OF_MEMORY)
    assert run.reason == "no memory again (after 3 attempts)"


async def test_a_run_whose_memory_ran_out_is_tried_again_with_nothing_beside_it(bench: Bench) -> None:
    full: list[str] = []
    beside: list[int] = []

    def script(job: Job) -> Sequence[float]:
        if not full:
            full.append(job.run_id)
            raise MemoryError("no memory")
        if job.alone:
            beside.append(len(pool.running) - 1)
        return accuracy(job)

    pool, study = ScriptedPool(script, n_workers=3), bench.submit(max_trials=6)
    async with bench.engine(pool):
        await bench.ended(study)
    assert states(bench, study.id) == [RunState.COMPLETED] * 6
    assert [job.run_id for job in pool.jobs if job.alone] == full
    assert (beside, pool.most_running) == ([0], 3)
    assert "no memory; it is started again, alone on its node" in bench.store.runs.log(full[0])


async def test_p2_a_lost_run_is_tried_again_three_times(bench: Bench) -> None:
    starts: list[str] = []

    def crashing(job: Job) -> Sequence[float]:
        starts.append(job.run_id)
        if job.run_id == starts[0]:
            raise Crash
        return accuracy(job)

    study = bench.submit(max_trials=3)
    async with bench.engine(ScriptedPool(crashing)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    assert starts.count(starts[0]) == 4
    assert states(bench, study.id) == [RunState.FAILED, RunState.COMPLETED, RunState.COMPLETED]
    assert bench.store.trials.get(study.id, 0).reason == "the worker died (after 4 attempts)"


async def test_a_node_that_is_lost_uses_none_of_the_attempts(bench: Bench) -> None:
    starts: list[str] = []

    def crashing(job: Job) -> Sequence[float]:
        starts.append(job.run_id)
        if job.task == "train" and starts.count(job.run_id) == 1:
            raise NodeGone
        return accuracy(job)

    study = bench.submit(max_trials=3)
    async with bench.engine(ScriptedPool(crashing)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    assert {(run.attempt, run.starts) for run in bench.store.runs.of_study(study.id)} == {(1, 2)}


def ending_its_nodes(job: Job) -> Sequence[float]:
    raise NodeGone


async def test_a_run_that_ends_its_nodes_is_alone_from_the_second_on_and_fails_after_three_of_these(
    bench: Bench,
) -> None:
    study, pool = bench.submit(max_trials=1), ScriptedPool(ending_its_nodes)
    async with bench.engine(pool):
        await bench.ended(study)
    assert [job.alone for job in pool.jobs] == [False, False, True, True, True]
    (run,) = bench.store.runs.of_study(study.id)
    assert (run.state, run.failure, run.attempt) == (RunState.FAILED, "node_lost", 1)
    assert run.reason == "it ended its node 3 times, alone there and without a new checkpoint: the node is gone"
    assert [attempt.alone for attempt in bench.store.runs.attempts(run.id)] == [False, False, True, True, True]


async def test_what_ended_its_nodes_is_known_to_the_next_engine_and_so_is_that_it_ended_its_engine(
    bench: Bench,
) -> None:
    study = bench.submit(max_trials=1)
    jobs: list[Job] = []
    for starts in (1, 2, 3):
        pool = ScriptedPool(accuracy)
        pool.gate.clear()
        async with bench.engine(pool, crash=True):
            await bench.until(lambda n=starts: [run.starts for run in bench.store.runs.of_study(study.id)] == [n])
        jobs += pool.jobs
    pool = ScriptedPool(ending_its_nodes)
    async with bench.engine(pool):
        await bench.ended(study)
    assert [job.alone for job in jobs + pool.jobs] == [False, False, True, True, True]
    (run,) = bench.store.runs.of_study(study.id)
    assert run.state == RunState.FAILED


async def test_a_run_that_gets_on_is_no_poison_however_many_nodes_it_loses(bench: Bench) -> None:
    """Each start leaves a checkpoint before its node goes."""

    class Goes(ScriptedPool):
        async def _report(self, run: ScriptedRun, epoch: int, value: float | None) -> Decision:
            await super()._report(run, epoch, value)
            self._checkpoint(run, epoch)
            self._end(run, Lost(FailureKind.NODE_LOST, "the node is gone"))
            return Decision.STOP

    study, pool = bench.submit(max_trials=1, training={"epochs": 8}), Goes(accuracy)
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.jobs) > 7)
    assert not any(job.alone for job in pool.jobs)
    assert states(bench, study.id) != [RunState.FAILED]


async def test_p2_restarts_of_the_engine_use_none_of_the_retries(bench: Bench) -> None:
    study = bench.submit(max_trials=1)
    for _ in range(2):
        pool = ScriptedPool(accuracy)
        pool.gate.clear()
        async with bench.engine(pool, crash=True):
            await bench.until(lambda: RunState.RUNNING in states(bench, study.id))

    def crashing(job: Job) -> Sequence[float]:
        raise Crash

    last = ScriptedPool(crashing)
    async with bench.engine(last):
        await bench.ended(study)
    assert len(last.jobs) == 4
    assert bench.store.trials.get(study.id, 0).reason == "the worker died (after 4 attempts)"


async def test_the_target_ends_the_study(bench: Bench) -> None:
    study = bench.submit(objective={"metric": "val_accuracy", "target": 0.9}, max_trials=100)
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    assert ended.reason.startswith("target 0.9 reached by trial")
    assert all(state.ended for state in states(bench, study.id))


async def test_no_more_than_max_concurrent_trials_run(bench: Bench) -> None:
    pool = ScriptedPool(accuracy, n_workers=3)
    pool.gate.clear()
    narrow = bench.submit(name="narrow", max_concurrent_trials=2, max_trials=4)
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.running) == 2)
        pool.gate.set()
        await bench.ended(narrow)
    assert pool.most_running == 2


async def test_replicates_aggregate_their_runs(bench: Bench) -> None:
    def by_seed(job: Job) -> Sequence[float]:
        return [job.config["seed"] % 1000 / 1000]

    study = bench.submit(replicates={"seeds": 3}, max_trials=2)
    async with bench.engine(ScriptedPool(by_seed, n_workers=2)):
        await bench.ended(study)
    for trial in bench.store.trials.of_study(study.id):
        runs = bench.store.runs.of_trial(trial.id)
        assert len({run.seed for run in runs}) == 3
        assert trial.value == pytest.approx(sum(run.value or 0 for run in runs) / 3)


async def test_listed_seeds_are_those_of_every_trial(bench: Bench) -> None:
    study = bench.submit(replicates={"seeds": [3, 2**62]}, max_trials=2)
    async with bench.engine(ScriptedPool(accuracy, n_workers=2)):
        await bench.ended(study)
    for trial in bench.store.trials.of_study(study.id):
        assert [run.seed for run in bench.store.runs.of_trial(trial.id)] == [3, 2**62]


async def test_one_failed_replicate_fails_its_trial_only_once(bench: Bench) -> None:
    def second_fails(job: Job) -> Sequence[float]:
        if bench.store.runs.get(job.run_id).replicate == 1:
            raise ValueError("bad luck")
        return [0.5]

    study = bench.submit(replicates={"seeds": 3}, max_trials=1)
    async with bench.engine(ScriptedPool(second_fails)):
        await bench.ended(study)
    trial = bench.store.trials.get(study.id, 0)
    seed = bench.store.runs.of_trial(trial.id)[1].seed
    assert (trial.state, trial.reason) == (RunState.FAILED, f"one of 3 runs (seed {seed}): bad luck")
    assert trial.value == 0.5, "what the runs that completed come to"
    runs = [run.state for run in bench.store.runs.of_trial(trial.id)]
    assert runs[:2] == [RunState.COMPLETED, RunState.FAILED]
    assert runs[2].ended


async def test_only_the_best_keep_their_artifacts_and_the_best_is_tested_once(bench: Bench) -> None:
    pool = ScriptedPool(accuracy)
    study = bench.submit(artifacts={"keep": "best", "k": 1}, max_trials=12)
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert 1 <= len(pool.kept) < 12
    best = bench.store.trials.best(study.id)
    assert best is not None
    assert ended.test_result is not None
    assert ended.test_result["trial"] == best.number
    assert ended.test_result["metrics"] == {"test_accuracy": 0.5}
    assert [job.task for job in pool.jobs].count("evaluate") == 1


async def test_what_no_worker_can_hold_fails_at_once(bench: Bench) -> None:
    study = bench.submit(resources={"cpus": 1, "gpus": 8})
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
    assert (ended.state, ended.reason) == (StudyState.FAILED, "no worker has 8 GPUs")
    assert not bench.store.trials.of_study(study.id)


async def test_a_sampler_that_meets_nothing_but_conflicts_ends_its_study_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    decay = {"weight_decay": {"optional": {}}}
    space = {"optimizer": {"choice": ["adam", {"name": "adamw", "weight_decay": 0.1}]}, "regularizers": decay}
    study, other = bench.submit(space=space, max_trials=30), bench.submit(name="other")
    monkeypatch.setattr(sampling, "ATTEMPTS", 1)
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
        assert (await bench.ended(other)).state == StudyState.COMPLETED
    assert ended.state == StudyState.FAILED
    assert "conflict was drawn any more: regularizers.weight_decay: the optimizer decays" in ended.reason
