"""One study never ends another: what goes wrong in one is tried again, then it stands still until it is resumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from service.engine import quarantine
from service.engine.sampling.proposals import Proposal, Question
from service.engine.sampling.sampler_processes import InThread, SamplingFailed
from service.engine.task.effects import Effects
from service.engine.task.run_events import RunEvents
from service.storage.writes.engine_writes import EngineTransaction
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.samplers import TPESampler
from service.study.definitions.submission import definition_of
from service.study.jobs import Event, Finished, Job
from service.study.ports import Outcome
from service.study.records import Study
from service.study.states import Desired, RunningTrials, RunState, StudyState
from tests.service.engine.conftest import Bench, states
from tests.support.scripted_pool import Clock, Killing, ScriptedPool, accuracy, failing


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "PAUSE", 0.01)
    monkeypatch.setattr("service.engine.engine.LOOK", 0.05)


class Raising(InThread):
    """TPE raises as long as ``broken``."""

    broken = True
    asked = 0

    async def propose(self, question: Question) -> Proposal:
        if self.broken and isinstance(question.sampler, TPESampler):
            self.asked += 1
            raise SamplingFailed("ValueError: no distribution")
        return await super().propose(question)


async def test_a_study_whose_sampler_raises_stands_still_alone_and_can_be_resumed(bench: Bench) -> None:
    proposer = Raising()
    study, other = bench.submit(sampler="tpe", max_trials=3), bench.submit(name="other", max_trials=40)
    async with bench.engine(ScriptedPool(accuracy), proposer=proposer):
        ended = await bench.ended(study)
        assert (ended.state, proposer.asked) == (StudyState.FAILED, quarantine.TRIES)
        assert ended.reason == "quarantined: its sampler raised 3 times: ValueError: no distribution"
        assert (await bench.ended(other)).state == StudyState.COMPLETED
        proposer.broken = False
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    assert states(bench, study.id) == [RunState.COMPLETED] * 3


def stumbling(study_id: str, times: int, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """The events on which the study's runner stumbles: ends of its runs, the first few."""
    stumbled: list[Event] = []
    apply: Callable[[RunEvents, Event], Effects] = RunEvents.apply

    def broken(self: RunEvents, event: Event) -> Effects:
        own = self._active.study.id == study_id
        if own and event.kind == Finished and len(stumbled) < times:
            stumbled.append(event)
            raise KeyError(event.run_id)
        return apply(self, event)

    monkeypatch.setattr(RunEvents, "apply", broken)
    return stumbled


async def test_a_study_that_stumbles_is_taken_up_again_from_its_rows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, other = bench.submit(max_trials=3), bench.submit(name="other", max_trials=3)
    monkeypatch.setattr("service.engine.quarantine.KILLED_WITHIN", 0.05)
    stumbled = stumbling(study.id, 2, monkeypatch)
    async with bench.engine(ScriptedPool(accuracy)):
        assert (await bench.ended(study)).state == StudyState.COMPLETED
        assert (await bench.ended(other)).state == StudyState.COMPLETED
    assert len(stumbled) == 2
    assert states(bench, study.id) == [RunState.COMPLETED] * 3
    assert {run.attempt for run in bench.store.runs.of_study(study.id)} == {1}, "it was not their fault"


async def test_one_that_goes_on_stumbling_stands_still_and_no_row_stays_running(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, other = bench.submit(max_trials=3), bench.submit(name="other", max_trials=3)
    monkeypatch.setattr("service.engine.quarantine.KILLED_WITHIN", 0.05)
    stumbling(study.id, 99, monkeypatch)
    async with bench.engine(ScriptedPool(accuracy)):
        ended = await bench.ended(study)
        assert (await bench.ended(other)).state == StudyState.COMPLETED
        monkeypatch.undo()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    assert ended.state == StudyState.FAILED
    assert ended.reason.startswith("quarantined: it went wrong 3 times: KeyError")
    assert states(bench, study.id) == [RunState.COMPLETED] * 3


async def test_a_definition_that_cannot_be_read_is_the_trouble_of_its_study_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, other = bench.submit(max_trials=3), bench.submit(name="other", max_trials=3)

    def broken(found: Study, expanded_space: Mapping[str, Any]) -> StudyDefinition:
        if found.name == study.name:
            raise RuntimeError("half of it")
        return definition_of(found, expanded_space)

    monkeypatch.setattr("service.engine.task.loading.definition_of", broken)
    async with bench.engine(ScriptedPool(accuracy)):
        assert (await bench.ended(other)).state == StudyState.COMPLETED
        ended = await bench.ended(study)
    assert ended.reason == "quarantined: it went wrong 3 times: RuntimeError: half of it"


class Choosy(ScriptedPool):
    """Takes no job with two folds."""

    async def submit(self, job: Job) -> None:
        if job.config["fold"] is not None:
            raise OSError("no space left on device")
        await super().submit(job)


async def test_a_run_that_cannot_be_started_is_the_trouble_of_its_study_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.engine.quarantine.KILLED_WITHIN", 0.05)
    study = bench.submit(replicates={"folds": 2}, max_trials=3)
    other = bench.submit(name="other", max_trials=3)
    async with bench.engine(Choosy(accuracy)):
        ended = await bench.ended(study)
        assert (await bench.ended(other)).state == StudyState.COMPLETED
    assert ended.reason == "quarantined: it went wrong 3 times: OSError: no space left on device"


async def left_running(bench: Bench) -> Study:
    """A study of one trial, whose engine died while it trained."""
    study, pool = bench.submit(max_trials=1), ScriptedPool(accuracy)
    pool.gate.clear()
    async with bench.engine(pool, crash=True):
        await bench.until(lambda: states(bench, study.id) == [RunState.RUNNING])
    return study


async def test_a_study_whose_lost_runs_cannot_be_requeued_is_alone_in_trouble(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = await left_running(bench)
    other = bench.submit(name="other", max_trials=3)
    requeue, refused = EngineTransaction.requeue_run, []

    def stumble(self: EngineTransaction, run_id: str, reason: str, **how: Any) -> None:
        if len(refused) < 2:  # in a group with others, and then alone
            refused.append(run_id)
            raise KeyError(run_id)
        requeue(self, run_id, reason, **how)

    monkeypatch.setattr("service.engine.quarantine.KILLED_WITHIN", 0.05)
    monkeypatch.setattr(EngineTransaction, "requeue_run", stumble)
    async with bench.engine(ScriptedPool(accuracy)):
        assert (await bench.ended(study)).state == StudyState.COMPLETED
        assert (await bench.ended(other)).state == StudyState.COMPLETED
    assert len(refused) == 2


async def test_one_whose_lost_runs_can_never_be_requeued_stands_still_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = await left_running(bench)

    def stumble(self: EngineTransaction, run_id: str, reason: str, **how: Any) -> None:
        raise KeyError(run_id)

    monkeypatch.setattr("service.engine.quarantine.KILLED_WITHIN", 0.05)
    monkeypatch.setattr(EngineTransaction, "requeue_run", stumble)
    again = ScriptedPool(accuracy)
    async with bench.engine(again):
        ended = await bench.ended(study)
        assert len(again.jobs) == 3, "a trial that ended in no row is no progress"
        monkeypatch.undo()
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        await bench.until(lambda: bench.store.studies.get(study.id).state == StudyState.COMPLETED)
    assert ended.reason.startswith("quarantined: it went wrong 3 times: KeyError")


async def test_the_patience_with_a_run_ends_with_the_runner_that_had_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    study, pool = bench.submit(max_trials=1), Killing()
    pool.gate.clear()
    async with bench.engine(pool) as engine:
        await bench.until(lambda: bool(pool.running))
        bench.store.desired_state.set(study.id, Desired.PAUSED, RunningTrials.CHECKPOINT)
        await bench.until(lambda: all(run.stopped for run in pool.running.values()))
        bench.store.desired_state.set(study.id, Desired.RUNNING)
        (runner,) = engine._runners.values()
        engine._note_failure(runner, KeyError("half of it"))
        await bench.until(lambda: len(pool.jobs) == 2)
        killed = list(pool.killed)
        await clock.strike()
        assert pool.killed == killed, "what was asked to stop has ended; this is its next start"
        pool.gate.set()
        assert (await bench.ended(study)).state == StudyState.COMPLETED


async def test_nothing_is_written_behind_what_could_not_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, refused = EngineTransaction.end_trial, []

    def stumble(self: EngineTransaction, trial_id: str, outcome: Outcome, attributes: Mapping[str, Any]) -> None:
        if len(refused) < 2:  # in a group with others, and then alone
            refused.append(trial_id)
            raise KeyError(trial_id)
        end(self, trial_id, outcome, attributes)

    monkeypatch.setattr("service.engine.quarantine.KILLED_WITHIN", 0.05)
    monkeypatch.setattr(EngineTransaction, "end_trial", stumble)
    study = bench.submit(max_trials=1)
    async with bench.engine(ScriptedPool(failing)):
        assert (await bench.ended(study)).state == StudyState.FAILED
    assert states(bench, study.id) == [RunState.FAILED], "the study's end was decided from that of its trial"
