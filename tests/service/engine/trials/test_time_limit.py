"""The time a run may train: what counts, and what becomes of a run whose time is up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.engine.state import ActiveStudy
from service.engine.trials import stops
from service.engine.trials.active_trial import ActiveRun
from service.engine.trials.time_limit import LONGEST_LOOK, TimeLimit
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import Job
from service.study.states import FailureKind, RunState
from tests.service.engine.conftest import Bench, states
from tests.support.rows import waiting_run, waiting_trial
from tests.support.scripted_pool import Killing, ScriptedPool, accuracy

TEN_SECONDS = 10 / 3600
REASON = "it took longer than limits.run_hours allows, which is 0.00277778"
AT_ONCE = {"limits": {"run_hours": 1e-9}}


class Looking:
    """One run of a study with ten seconds a run, and whoever looks at its time."""

    def __init__(self, bench: Bench, training_time: float = 0.0) -> None:
        study = bench.submit(limits={"run_hours": TEN_SECONDS})
        self.active = ActiveStudy(study, StudyDefinition.parse(study.definition))
        trial = waiting_trial(study, 0)
        self.active.load([trial], [waiting_run(trial, training_time=training_time)], {})
        ((self.trial, self.run),) = self.active.runs()
        self.ended: list[tuple[ActiveRun, str]] = []
        self._limit = TimeLimit(TEN_SECONDS, lambda run, reason: self.ended.append((run, reason)))
        self._now = 100.0

    def start(self) -> None:
        """A worker begins with the run."""
        self.active.submit(self.trial, self.run)
        self.run.training = True

    def look_for(self, seconds: int) -> None:
        """Look once a second."""
        for _ in range(seconds + 1):
            self._limit.look(self._now, [run for _, run in self.active.submitted_runs()])
            self._now += 1.0
        self._now -= 1.0

    def sleep(self, seconds: float) -> None:
        """Do not look for a while."""
        self._now += seconds


def test_a_run_ends_when_its_time_is_up(bench: Bench) -> None:
    looking = Looking(bench)
    looking.start()
    looking.look_for(10)
    assert looking.ended == []
    looking.look_for(1)
    assert looking.ended == [(looking.run, REASON)]
    assert looking.run.timed_out


def test_all_attempts_count_together_and_what_lies_between_them_does_not(bench: Bench) -> None:
    looking = Looking(bench)
    looking.start()
    looking.look_for(6)
    looking.active.take_back(looking.run)
    looking.look_for(100)
    looking.active.submit(looking.trial, looking.run)
    looking.look_for(100)  # its worker is still starting
    looking.run.training = True
    looking.look_for(4)
    assert looking.ended == []
    looking.look_for(1)
    assert looking.ended == [(looking.run, REASON)]


def test_what_its_curve_tells_of_a_former_engine_counts(bench: Bench) -> None:
    looking = Looking(bench, training_time=9.0)
    looking.start()
    looking.look_for(1)
    assert looking.ended == []
    looking.look_for(1)
    assert len(looking.ended) == 1


def test_an_engine_that_was_held_up_lets_no_time_run_out(bench: Bench) -> None:
    looking = Looking(bench)
    looking.start()
    looking.look_for(1)
    looking.sleep(3600)
    looking.look_for(0)
    assert looking.run.seconds == 1 + LONGEST_LOOK
    assert looking.ended == []


def test_a_run_that_is_to_end_anyway_is_not_asked_again(bench: Bench) -> None:
    looking = Looking(bench)
    looking.start()
    looking.run.stop_reason = "paused"
    looking.look_for(20)
    assert (looking.ended, looking.run.timed_out) == ([], False)


class Obedient(ScriptedPool):
    """Trains nothing until it is asked to stop, and then ends at once."""

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        await super().stop(run_id, checkpoint=checkpoint)
        self.gate.set()


@pytest.mark.parametrize("make", [lambda: Obedient(accuracy), Killing], ids=["stops", "is killed"])
async def test_it_fails_and_is_not_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, make: Callable[[], ScriptedPool]
) -> None:
    monkeypatch.setattr(stops, "STOP_PATIENCE", 0.0)
    monkeypatch.setattr("service.engine.engine.LOOK", 0.05)
    pool, study = make(), bench.submit(max_trials=1, **AT_ONCE)
    pool.gate.clear()
    async with bench.engine(pool):
        ended = await bench.ended(study)
    (trial,) = bench.store.trials.of_study(study.id)
    (run,) = bench.store.runs.of_study(study.id)
    assert (run.state, run.failure, run.attempt) == (RunState.FAILED, FailureKind.TIMEOUT, 1)
    assert (trial.state, trial.failure) == (RunState.FAILED, FailureKind.TIMEOUT)
    assert trial.reason == "it took longer than limits.run_hours allows, which is 1e-09"
    assert trial.reason in ended.reason


async def test_one_failed_run_of_several_ends_its_trial_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.engine.engine.LOOK", 0.05)

    def first_is_slow(job: Job) -> list[float]:
        slow.add(job.run_id) if not slow else None
        return [0.5]

    slow: set[str] = set()
    pool, study = Obedient(first_is_slow), bench.submit(max_trials=3, limits={"run_hours": 1e-4})
    pool.holds = lambda job: job.run_id in slow
    pool.gate.clear()
    async with bench.engine(pool):
        await bench.ended(study)
    assert states(bench, study.id) == [RunState.FAILED, RunState.COMPLETED, RunState.COMPLETED]
