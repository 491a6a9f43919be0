"""A study that runs code of the user's own is tried out before its first trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from experiments.provenance import hash_of
from service.engine.task.checking import REASON
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Job
from service.study.records import CodeCheck, Study
from service.study.states import Desired, RunState, StudyState
from tests.service.engine.conftest import DEFINITION, Bench, states
from tests.service.engine.test_own_code import CODE, SPACE, held, learning, paused  # noqa: F401 - a fixture
from tests.support.scripted_pool import Crash, OtherCode, ScriptedPool

ALIKE = {"optimizer": "held", "schedule": {"name": "step"}}
NOT_LOGGED = "the objective 'val_f1' was not logged in 2 epochs"


def submitted(bench: Bench, **changes: Any) -> Study:
    """A study of a single trial that may run the user's own optimizer."""
    definition = StudyDefinition.parse({**DEFINITION, "space": SPACE, "max_trials": 1, **changes})
    provenance = {"code": CODE, "code_hash": hash_of(CODE)}
    return bench.store.studies.create(submission_of(definition, provenance))[0]


async def checking(bench: Bench, study: Study, pool: ScriptedPool, n: int = 1) -> None:
    """The check is under way, for the n-th time."""
    await bench.until(lambda: len(pool.checks) == n)
    seen = bench.store.studies.get(study.id)
    assert (seen.state, seen.reason) == (StudyState.QUEUED, REASON)


async def test_the_first_trial_s_configuration_is_tried_out_before_it_is_trained(bench: Bench) -> None:
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.check_gate.clear()
    async with bench.engine(pool):
        await checking(bench, study, pool)
        assert states(bench, study.id) == []
        pool.check_gate.set()
        assert (await bench.ended(study)).state is StudyState.COMPLETED
    (check,), trained = pool.checks, [job for job in pool.jobs if job.task == "train"]
    assert (check.config, check.key, check.code) == (trained[0].config, trained[0].key, study.code)
    assert bench.store.studies.get(study.id).code_check == CodeCheck(True, [])


async def test_a_study_without_code_of_the_user_s_own_is_not_checked(bench: Bench) -> None:
    pool = ScriptedPool(learning)
    async with bench.engine(pool):
        assert (await bench.ended(bench.submit(max_trials=1))).code_check is None
    assert pool.checks == []


async def test_what_is_wrong_fails_the_study_at_once_and_disturbs_no_other(bench: Bench) -> None:
    def broken(job: Job) -> Sequence[str]:
        raise ValueError("ValueError: width must be even (mine.py:12 in __init__)")

    pool = ScriptedPool(learning)
    pool.checked = broken
    study = submitted(bench)
    async with bench.engine(pool):
        other = bench.submit(name="other", max_trials=1)
        failed = await bench.ended(study)
        assert (await bench.ended(other)).state is StudyState.COMPLETED
        assert failed.state is StudyState.FAILED
        assert "ValueError: width must be even (mine.py:12 in __init__); mend it and submit" in failed.reason
        assert failed.code_check == CodeCheck(False, [], failed.reason, "Traceback …")
        assert states(bench, study.id) == []
        pool.checked = lambda job: ()
        bench.store.desired_state.set(study.id, Desired.RUNNING)  # it was the data, which are there now
        await bench.until(lambda: bench.store.studies.get(study.id).state is StudyState.COMPLETED)
    assert len(pool.checks) == 2


async def test_what_is_doubtful_stays_with_the_study_which_runs(bench: Bench) -> None:
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.checked = lambda job: [NOT_LOGGED]
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert (ended.state, ended.code_check) == (StudyState.COMPLETED, CodeCheck(True, [NOT_LOGGED]))


@pytest.mark.parametrize(
    ("changes", "checked"),
    [
        ({"seed": 8}, False),
        ({"training": {"epochs": 7}}, False),
        ({"training": {"batch_size": 7}}, True),
        ({"training": {"lr_range_test": True}}, True),
        ({"objective": "val_loss"}, True),
        ({"space": {**ALIKE, "model": {"name": "mlp", "hidden": [7]}}}, True),
        ({"space": {**ALIKE, "schedule": {"name": "step", "gamma": 0.5}}}, False),
        ({"space": {**ALIKE, "schedule": {"name": "step", "interval": "epoch"}}}, True),
    ],
    ids=lambda changes: str(*changes) if isinstance(changes, dict) else "",
)
async def test_what_passed_is_kept_for_studies_that_would_run_the_same(
    bench: Bench, changes: dict[str, Any], checked: bool
) -> None:
    pool = ScriptedPool(learning)
    pool.checked = lambda job: [NOT_LOGGED]
    async with bench.engine(pool):
        await bench.ended(submitted(bench, space=ALIKE))
        second = await bench.ended(submitted(bench, **{"name": "second", "space": ALIKE, **changes}))
    assert len(pool.checks) == 1 + checked
    assert second.code_check == CodeCheck(True, [NOT_LOGGED])


@pytest.mark.parametrize("error", [MemoryError("out of memory"), FloatingPointError("the loss is nan")])
async def test_a_check_that_did_not_end_says_nothing_of_other_studies(bench: Bench, error: Exception) -> None:
    """It was this configuration's fault: the study runs, and the next one of the same key is tried out itself."""

    def ending_early(job: Job) -> Sequence[str]:
        raise error

    pool = ScriptedPool(learning)
    pool.checked = ending_early
    async with bench.engine(pool):
        first = await bench.ended(submitted(bench))
        n_first = len(pool.checks)
        assert [job.alone for job in pool.checks] == [False, True][:n_first]
        pool.checked = lambda job: ()
        second = await bench.ended(submitted(bench, name="second"))
    assert (first.state, second.state) == (StudyState.COMPLETED, StudyState.COMPLETED)
    assert first.code_check == CodeCheck(True, [f"the check of its code did not end: {error}"])
    assert (len(pool.checks) - n_first, second.code_check) == (1, CodeCheck(True, []))


async def test_whatever_the_user_s_code_says_is_stored(bench: Bench) -> None:
    """Text that UTF-8 cannot hold would end the engine, and the one after it."""
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.checked = lambda job: ["\udcff was not logged"]
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert ended.code_check == CodeCheck(True, ["? was not logged"])


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_lost_worker_is_replaced_once(bench: Bench, lost: int) -> None:
    def crashing(job: Job) -> Sequence[str]:
        if len(pool.checks) <= lost:
            raise Crash
        return ()

    study, pool = submitted(bench), ScriptedPool(learning)
    pool.checked = crashing
    async with bench.engine(pool):
        ended = await bench.ended(study)
    assert len(pool.checks) == 2
    assert ended.state is (StudyState.COMPLETED if lost == 1 else StudyState.FAILED)
    assert ("it ended the worker that checked it, 2 times: the worker died" in ended.reason) == (lost == 2)


async def test_a_worker_of_other_code_lets_the_study_wait_for_its_code(bench: Bench) -> None:
    def refusing(job: Job) -> Sequence[str]:
        raise OtherCode("the code of optimizer.held has changed")

    study, pool = submitted(bench), ScriptedPool(learning)
    pool.checked = refusing
    async with bench.engine(pool):
        assert (await paused(bench, study)).reason == "the code of optimizer.held has changed"
        pool.checked = lambda job: ()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        assert (await bench.ended(study)).state is StudyState.COMPLETED


@pytest.mark.parametrize("desired", [Desired.PAUSED, Desired.STOPPED])
async def test_a_study_is_paused_and_stopped_while_it_is_checked_and_checked_when_it_is_resumed(
    bench: Bench, desired: Desired
) -> None:
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.check_gate.clear()
    async with bench.engine(pool):
        await checking(bench, study, pool)
        bench.store.desired_state.set(study.id, desired)
        await bench.until(lambda: bench.store.studies.get(study.id).state == desired.upper())
        await bench.until(lambda: not pool.running)
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await checking(bench, study, pool, n=2)
        pool.check_gate.set()
        await bench.until(lambda: bench.store.studies.get(study.id).state is StudyState.COMPLETED)
    assert states(bench, study.id) == [RunState.COMPLETED]


async def test_a_study_is_deleted_while_it_is_checked(bench: Bench) -> None:
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.check_gate.clear()
    async with bench.engine(pool):
        await checking(bench, study, pool)
        bench.store.desired_state.set(study.id, Desired.DELETED)
        await bench.until(lambda: not bench.store.studies.page().items)
        await bench.until(lambda: not pool.running)


@pytest.mark.parametrize("crash", [False, True])
async def test_a_check_that_a_restart_interrupts_begins_again(bench: Bench, crash: bool) -> None:
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.check_gate.clear()
    async with bench.engine(pool, crash=crash):
        await checking(bench, study, pool)
    async with bench.engine(pool := ScriptedPool(learning)):
        assert (await bench.ended(study)).state is StudyState.COMPLETED
    assert len(pool.checks) == 1


async def test_a_check_takes_its_turn_among_the_runs_of_others(bench: Bench) -> None:
    """However many runs another study has waiting, the study that has no worker yet gets the next one."""
    pool = ScriptedPool(learning)
    pool.gate.clear()
    async with bench.engine(pool):
        bench.submit(name="first", max_trials=3)
        await bench.until(lambda: len(pool.jobs) == 1)
        study = submitted(bench)
        await bench.until(lambda: bench.store.studies.get(study.id).reason == REASON)
        pool.check_gate.clear()
        pool.gate.set()
        await checking(bench, study, pool)
        assert len(pool.jobs) == 1
        pool.check_gate.set()
        await bench.ended(study)
    assert pool.jobs[1].code == {}, "the other study goes first again"


async def test_no_place_for_the_study_is_said_without_a_check(bench: Bench) -> None:
    study, pool = submitted(bench, resources={"gpus": 1}), ScriptedPool(learning)
    async with bench.engine(pool):
        assert (await bench.ended(study)).reason == "no worker has 1 GPUs"
    assert pool.checks == []
