"""What single events make of a study, where parts that know nothing of each other meet. No engine runs here."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.reporting import Decision, Report
from service.engine.state import ActiveStudy
from service.engine.task.new_trials import job_of
from service.engine.task.run_ends import RunEnds
from service.engine.task.run_events import RunEvents
from service.engine.trials.active_trial import ActiveRun, ActiveTrial
from service.study.definitions.definition import StudyDefinition
from service.study.jobs import CheckpointStored, Event, Finished, Finishing, Lost, Metrics
from service.study.ports import Outcome
from service.study.records import Run, Trial
from service.study.states import FailureKind, RunState, StudyState
from tests.service.engine.conftest import Bench
from tests.service.engine.population.test_population import PBT, gains
from tests.support.rows import waiting_run, waiting_trial
from tests.support.scripted_pool import ScriptedPool

FOUR = {"training": {"epochs": 4}, "max_trials": 1}
BEGUN = {"epochs": 2, "recorded_step": 20, "reached_epoch": 2, "computed_epochs": 2, "worker": "w", "starts": 1}


class Case:
    """One trial of a study, and the events of its runs."""

    def __init__(self, bench: Bench, n_runs: int = 1, begun: bool = False, **changes: Any) -> None:
        study = bench.submit(**changes)
        self.active = ActiveStudy(study, StudyDefinition.parse(study.definition))
        state, so_far = (RunState.RUNNING, BEGUN) if begun else (RunState.WAITING, {})
        trial = waiting_trial(study, 0, state=state, config={"optimizer": {"lr": 0.1, "momentum": 0.9}})
        runs = [waiting_run(trial, index, state=state, planned_epochs=4, **so_far) for index in range(n_runs)]
        self.load([trial], runs, {run.id: {1: 0.1, 2: 0.2} for run in runs if begun})
        self._ends = RunEnds(self.active)
        self._events = RunEvents(self.active, self._ends)

    def load(self, trials: list[Trial], runs: list[Run], values: dict[str, dict[int, float]]) -> None:
        self.active.load(trials, runs, values)
        self.trial: ActiveTrial = self.active.trials[0]

    def run(self) -> ActiveRun:
        return next(iter(self.trial.runs.values()))

    def start(self) -> ActiveRun:
        self.active.submit(self.trial, self.run())
        return self.run()

    def say(self, payload: Any, seq: int = 1) -> Any:
        return self._events.apply(Event(self.run().run.id, self.run().run.starts, seq, payload))

    def measure(self, step: int, epoch: int, **metrics: float) -> None:
        self.say(Metrics((Report(step, epoch, 0.0, 0.0, metrics),), awaits=False), seq=step)

    def end(self, outcome: Outcome) -> None:
        self._ends.end_run(self.trial, self.run(), outcome)


def test_the_hours_of_runs_that_have_ended_count_in_this_engine_too(bench: Bench) -> None:
    case = Case(bench, 3, **FOUR, replicates={"seeds": 3}, limits={"trial_hours": 1})
    for _ in range(2):
        case.start().seconds = 3500.0
        case.end(Outcome(RunState.COMPLETED, "", 0.5, {"val_accuracy": 0.5}))
    case.active.limits.look(case.active.trials.values())
    assert case.trial.seconds == 7000
    assert case.trial.out_of_limits == "limits.trial_hours is used up, which is 1"


def test_a_checkpoint_that_comes_after_a_restart_is_of_the_epoch_that_the_rows_tell(bench: Bench) -> None:
    case = Case(bench, begun=True, **PBT)
    case.active.adopt({(case.run().run.id, case.run().run.starts)})
    case.say(CheckpointStored("a" * 64, 1, 20))
    case.say(Finished({"val_accuracy": 0.2}, 2, 2, 20, 1.0, Decision.STOP), seq=2)
    run = case.run()
    assert (run.checkpoints[0]["epoch"], run.run.attempt) == (2, 1)
    assert case.active.population is not None
    assert case.active.population.waits(run)


def test_files_are_kept_of_what_the_last_row_came_to_although_the_pruner_saw_less(bench: Bench) -> None:
    by_step = {"pruner": {"name": "asha", "interval": {"steps": 500}}, "artifacts": {"k": 1}, "training": {"epochs": 2}}
    case = Case(bench, **by_step)
    before = waiting_trial(case.active.study, 1, state=RunState.COMPLETED, value=0.9, objective_values=(0.9,))
    trial = waiting_trial(case.active.study, 2)
    case.load([before, trial], [waiting_run(trial, planned_epochs=2)], {})
    case.trial = case.active.trials[2]
    case.start()
    for step, epoch, value in [(500, 0, 0.5), (1000, 1, 0.8), (1500, 1, 0.85), (1876, 2, 0.95)]:
        case.measure(step, epoch, val_accuracy=value)
    assert case.say(Finishing({"val_accuracy": 0.95}), seq=2000).answer is Decision.KEEP


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"artifacts": {"k": 1}}, 0.9),
        ({"artifacts": {"k": 2}}, None),
        ({"artifacts": {"k": 1}, "replicates": {"seeds": 2}}, None),
        ({"artifacts": {"k": 1}, "objective": ["val_accuracy", "val_loss"]}, None),
    ],
)
def test_a_job_says_what_its_run_must_beat_for_its_files(
    bench: Bench, changes: dict[str, Any], bound: float | None
) -> None:
    case = Case(bench, **changes)
    n_objectives = len(case.active.definition.objectives)
    values = (0.9, 0.5)[:n_objectives]
    before = waiting_trial(case.active.study, 1, state=RunState.COMPLETED, value=0.9, objective_values=values)
    trial = waiting_trial(case.active.study, 2)
    n_runs = case.active.definition.replicates.seeds if case.active.definition.replicates else 1
    case.load([before, trial], [waiting_run(trial, index) for index in range(n_runs)], {})
    case.trial = case.active.trials[2]
    assert job_of(case.active, case.trial, case.start()).must_beat == bound


def test_what_was_cut_short_is_said_after_a_restart_as_before(bench: Bench) -> None:
    case = Case(bench, begun=True, **FOUR, limits={"trial_hours": 1})
    case.active.adopt({(case.run().run.id, case.run().run.starts)})
    effects = case.say(Finished({"val_accuracy": 0.2}, 2, 2, 20, 1.0, Decision.END))
    assert effects.ended.record.reason == "limits.trial_hours is used up, which is 1"


def test_a_trial_that_was_cut_short_and_lost_is_judged_by_all_that_was_measured(bench: Bench) -> None:
    case = Case(bench, **FOUR, objective=["val_accuracy", "val_loss"], limits={"trial_hours": 1})
    case.start()
    case.measure(10, 1, val_accuracy=0.5, val_loss=1.0)
    case.measure(20, 2, val_accuracy=0.4, val_loss=0.5)
    case.trial.cut_short("limits.trial_hours is used up")
    ended = case.say(Lost(FailureKind.WORKER_LOST, "killed")).ended.record
    assert (ended.state, ended.value, ended.objective_values) == (RunState.COMPLETED, 0.5, (0.5, 1.0))


def test_what_is_bound_must_have_been_measured_when_a_trial_is_cut_short(bench: Bench) -> None:
    bound = {"constraints": [{"metric": "train_loss", "at_most": 0.01}], "limits": {"trial_hours": 1}}
    for metrics, state, infeasible in [({}, RunState.FAILED, False), ({"train_loss": 5.0}, RunState.COMPLETED, True)]:
        case = Case(bench, **FOUR, **bound, name=f"bound-{len(metrics)}")
        case.start()
        case.measure(10, 1, val_accuracy=0.5, **metrics)
        case.trial.cut_short("limits.trial_hours is used up")
        ended = case.say(Lost(FailureKind.WORKER_LOST, "killed")).ended.record
        assert (ended.state, ended.infeasible) == (state, infeasible)


async def test_members_that_wait_when_their_epochs_are_used_up_are_judged_by_what_they_came_to(bench: Bench) -> None:
    study = bench.submit(**PBT, limits={"trial_epochs": 4})
    async with bench.engine(ScriptedPool(gains, n_workers=2)):
        ended = await bench.ended(study)
    assert ended.state == StudyState.COMPLETED
    assert {trial.state for trial in bench.store.trials.of_study(study.id)} == {RunState.COMPLETED}
    assert ended.best is not None
