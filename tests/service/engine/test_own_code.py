"""A study runs the code that it was submitted with, or waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest

from experiments.optimizers import OPTIMIZERS, Optimizer
from experiments.provenance import hash_of
from service.study.code import difference, files_hash, own_components
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Job
from service.study.records import Study
from service.study.states import Desired, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import DEFINITION, Bench, states
from tests.support.scripted_pool import OtherCode, ScriptedPool

SPACE = {"optimizer": {"choice": ["sgd", "held"]}}
CODE = {"optimizer.held": "first"}


@pytest.fixture(autouse=True)
def held() -> Iterator[type[Any]]:
    """A user's own optimizer; its code is what ``code_hash`` says."""

    class Held(Optimizer):
        """One's own (nobody, 2026)."""

        target = "torch.optim:SGD"
        code_hash = "first"
        name: Literal["held"] = "held"

    OPTIMIZERS.replace(Held)
    yield Held
    OPTIMIZERS._members.pop("held", None)


def submitted(bench: Bench, **changes: Any) -> Study:
    definition = StudyDefinition.parse({**DEFINITION, "space": SPACE, **changes})
    provenance = {"code": CODE, "code_hash": hash_of(CODE)}
    return bench.store.studies.create(submission_of(definition, provenance))[0]


def learning(job: Job) -> Sequence[float]:
    return [0.5, 0.6]


async def paused(bench: Bench, study: Study) -> Study:
    await bench.until(lambda: bench.store.studies.get(study.id).state is StudyState.PAUSED)
    return bench.store.studies.get(study.id)


async def test_every_job_says_what_code_it_wants_and_every_run_keeps_it(bench: Bench) -> None:
    study, pool = submitted(bench), ScriptedPool(learning)
    async with bench.engine(pool):
        await bench.ended(study)
    assert {job.task for job in pool.jobs} == {"train", "evaluate"}
    assert all((job.code, job.key.files_hash) == (CODE, files_hash(CODE)) for job in pool.jobs)
    assert {run.code_hash for run in bench.store.runs.of_study(study.id)} == {hash_of(CODE)}


async def test_a_worker_s_refusal_pauses_the_study_and_costs_no_attempt(bench: Bench) -> None:
    def refusing(job: Job) -> Sequence[float]:
        if len(pool.jobs) > 2:
            raise OtherCode("the code of optimizer.held has changed")
        return learning(job)

    study = submitted(bench)
    pool = ScriptedPool(refusing)
    async with bench.engine(pool):
        seen = await paused(bench, study)
        assert (seen.desired, seen.reason) == (Desired.PAUSED, "the code of optimizer.held has changed")
        refused = [run for run in bench.store.runs.of_study(study.id) if not run.state.ended]
        assert {(run.state, run.attempt) for run in refused} == {(RunState.WAITING, 1)}
        pool._script = learning
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        assert (await bench.ended(study)).state is StudyState.COMPLETED
    assert states(bench, study.id) == [RunState.COMPLETED] * 6
    assert {run.attempt for run in bench.store.runs.of_study(study.id)} == {1}


async def test_what_a_worker_refused_is_not_given_to_another_before_the_study_rests(bench: Bench) -> None:
    def refusing_once(job: Job) -> Sequence[float]:
        if len(pool.jobs) == 1:
            raise OtherCode("other code")
        return learning(job)

    study = submitted(bench)
    pool = ScriptedPool(refusing_once)
    async with bench.engine(pool):
        await paused(bench, study)
        assert len(pool.jobs) == 1
        assert bench.store.runs.of_study(study.id)[0].state is RunState.WAITING


async def test_what_runs_elsewhere_finishes_before_the_study_rests(bench: Bench) -> None:
    def refusing(job: Job) -> Sequence[float]:
        if job is not pool.jobs[0]:
            raise OtherCode("other code")
        return learning(job)

    study = submitted(bench)
    pool = ScriptedPool(refusing, n_workers=2)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: bench.store.studies.get(study.id).desired is Desired.PAUSED)
        seen = bench.store.studies.get(study.id)
        assert (seen.state, seen.reason) == (StudyState.RUNNING, "other code")
        pool.gate.set()
        assert (await paused(bench, study)).reason == "other code"
    ends = {run.trial_number: run.state for run in bench.store.runs.of_study(study.id)}
    assert (ends[0], ends[1]) == (RunState.COMPLETED, RunState.WAITING)


async def test_a_study_that_is_resumed_before_it_rests_has_no_reason_to_pause_any_more(bench: Bench) -> None:
    def refusing_second(job: Job) -> Sequence[float]:
        if job is not pool.jobs[0] and len(pool.jobs) == 2:
            raise OtherCode("other code")
        return learning(job)

    study = submitted(bench)
    pool = ScriptedPool(refusing_second, n_workers=2)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: bench.store.studies.get(study.id).desired is Desired.PAUSED)
        assert bench.store.desired_state.set(study.id, Desired.RUNNING).reason == ""
        await bench.until(lambda: len(pool.jobs) == 3)
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        assert (await paused(bench, study)).reason == "paused by request"


async def test_a_study_whose_best_trial_a_worker_refuses_to_test_waits_for_its_code(bench: Bench) -> None:
    def refusing_once(job: Job) -> Sequence[float]:
        if [each.task for each in pool.jobs].count("evaluate") == 1:
            raise OtherCode("other code")
        return learning(job)

    study = submitted(bench)
    pool = ScriptedPool(refusing_once)
    async with bench.engine(pool):
        assert (await paused(bench, study)).reason == "other code"
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        ended = await bench.ended(study)
    assert ended.state is StudyState.COMPLETED
    assert ended.test_result is not None
    assert ended.test_result["metrics"] == {"test_accuracy": 0.5}
    assert len(pool.jobs) == 6 + 2


@pytest.mark.parametrize("state", [StudyState.QUEUED, StudyState.PAUSED, StudyState.RUNNING])
@pytest.mark.parametrize("gone", [False, True], ids=["changed", "gone"])
async def test_a_study_whose_code_is_not_there_waits_for_it(
    bench: Bench, held: Any, state: StudyState, gone: bool
) -> None:
    """Found when it is taken up: new, resumed, or after a restart in the middle of its runs."""
    study, pool = submitted(bench), ScriptedPool(learning)
    if state is not StudyState.QUEUED:
        pool.gate.clear()
        async with bench.engine(pool, crash=True):
            await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
    if state is StudyState.PAUSED:
        bench.store.desired_state.set(study.id, Desired.PAUSED)
        async with bench.engine(ScriptedPool(learning)):
            assert (await paused(bench, study)).reason == "paused by request"
        bench.store.desired_state.set(study.id, Desired.RUNNING)
    if gone:
        OPTIMIZERS._members.pop("held")
    held.code_hash = "second"
    async with bench.engine(pool := ScriptedPool(learning)):
        await bench.until(lambda: bench.store.studies.get(study.id).desired is Desired.PAUSED)
        reason = (await paused(bench, study)).reason
        assert (
            "optimizer.held cannot be found any more" if gone else "the code of optimizer.held has changed"
        ) in reason
        assert "restore its files and resume the study, or submit it anew" in reason
        assert pool.jobs == []
        assert {run.attempt for run in bench.store.runs.of_study(study.id)} <= {1}
        assert not {run.state for run in bench.store.runs.of_study(study.id)} - {RunState.WAITING}
        held.code_hash = "first"
        OPTIMIZERS.replace(held)
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        assert (await bench.ended(study)).state is StudyState.COMPLETED


async def test_a_paused_study_is_not_resumed_with_other_code(bench: Bench, held: Any) -> None:
    """By an engine that has it still; the files are looked at when it is resumed."""

    def follow() -> None:
        held.code_hash = code

    code = "first"
    study, pool = submitted(bench), ScriptedPool(learning)
    pool.gate.clear()
    async with bench.engine(pool, follow=follow):
        await bench.until(lambda: RunState.RUNNING in states(bench, study.id))
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        pool.gate.set()
        await paused(bench, study)
        code, n_jobs = "second", len(pool.jobs)
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: bench.store.studies.get(study.id).desired is Desired.PAUSED)
        assert "has changed since the study was submitted" in (await paused(bench, study)).reason
        assert len(pool.jobs) == n_jobs
        code = "first"
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        assert (await bench.ended(study)).state is StudyState.COMPLETED


@pytest.mark.parametrize("gone", [False, True], ids=["changed", "gone"])
async def test_a_user_who_stops_a_study_meanwhile_is_heard(bench: Bench, held: Any, gone: bool) -> None:
    study = submitted(bench)
    held.code_hash = "second"
    if gone:
        OPTIMIZERS._members.pop("held")
    bench.store.desired_state.set(study.id, Desired.STOPPED)
    async with bench.engine(ScriptedPool(learning)):
        assert (await bench.ended(study)).reason == "stopped by request"


async def test_idle_workers_of_code_that_is_outdated_end(bench: Bench, held: Any) -> None:
    pool = ScriptedPool(learning)

    def follow() -> None:
        held.code_hash = code

    code = "first"
    async with bench.engine(pool, follow=follow):
        await bench.ended(submitted(bench))
        await bench.ended(submitted(bench, name="second"))
        assert pool.retired == []
        code = "second"
        await bench.ended(bench.submit(name="third"))
    assert [key.files_hash for key in pool.retired] == [files_hash(CODE)]


def test_studies_of_the_same_files_share_workers_whichever_classes_they_run() -> None:
    one = {"model.a": "x", "data.a": "x", "optimizer.b": "y"}
    assert files_hash(one) == files_hash({"model.c": "y", "data.c": "x"}) != files_hash({"model.a": "x"})
    assert files_hash({}) == ""


def test_a_difference_names_what_has_changed_and_what_has_gone() -> None:
    assert difference({}) == difference(CODE) == ""
    said = difference({"optimizer.held": "x", "model.none": "y"})
    assert said.startswith("model.none cannot be found any more and the code of optimizer.held has changed since")


def test_every_component_a_configuration_may_hold_is_part_of_the_code() -> None:
    space = StudyDefinition.parse({**DEFINITION, "space": SPACE}).search_space()
    assert [part for part, _ in own_components(space)] == ["optimizer.held"]
    assert [*own_components(StudyDefinition.parse(DEFINITION).search_space())] == []


async def test_a_study_that_ended_since_it_was_read_is_not_laid_aside(
    bench: Bench, held: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading and taking up others may take a while, and its former runner needs none of that to end it."""
    study = submitted(bench, max_trials=1)
    async with bench.engine(ScriptedPool(learning)):
        await bench.ended(study)
    held.code_hash = "second"
    read = bench.store.studies.to_reconcile
    monkeypatch.setattr(bench.store.studies, "to_reconcile", lambda: [study, *read()])
    async with bench.engine(ScriptedPool(learning)):
        assert (await bench.ended(bench.submit(name="other", max_trials=1))).state is StudyState.COMPLETED


async def test_the_end_of_a_study_waits_for_no_study_of_other_code(bench: Bench) -> None:
    """One worker at a time: what is tested last needs it once more, and others have runs without end."""
    pool, study = ScriptedPool(learning), submitted(bench, max_trials=1)
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.until(lambda: len(pool.jobs) == 1)
        other = bench.submit(name="other", max_trials=30)
        await bench.until(lambda: bool(bench.store.trials.of_study(other.id)))
        pool.gate.set()
        await bench.ended(study)
        assert not bench.store.studies.get(other.id).state.ended
        await bench.ended(other)
