"""Studies driven through every action in every order, and what must hold of them all the while.

Between two actions the engine works for some time, or for a few steps of its loop only, so that an action may come at
any moment of what it is about. A run's epochs take time; what becomes of a run depends on its learning rate alone.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine as Database

from service.errors import Conflict, Invalid, StudyNotFound, TrialNotFound
from service.storage.db.database import writing
from service.storage.db.tables import studies as studies_table
from service.study.definitions.definition import StudyDefinition
from service.study.definitions.submission import submission_of
from service.study.jobs import Job
from service.study.records import Run, Study, Trial
from service.study.repeating.clone import clone
from service.study.repeating.confirming import Confirmation, confirming
from service.study.states import Desired, FailureKind, RunningTrials, RunState, StudyState
from tests.support.legal_rows import Errors, Followed, check_best, check_finished, check_trial, rests
from tests.support.scripted_pool import ScriptedPool
from tests.support.simulated_service import SimulatedService

N_WORKERS = 2
MOST_STUDIES = 3
COMES_TO_REST = 600.0
"""Seconds within which whatever was asked for is done."""
ENDS_AFTER_HOURS = 30.0
"""Seconds within which running work ends once its budget of hours is spent."""
SPACES = {
    "random": {"log_uniform": [1e-3, 1.0]},
    "tpe": {"log_uniform": [1e-3, 1.0]},
    "grid": {"choice": [0.011, 0.102, 0.2, 0.31]},
}


STUDY: dict[str, Any] = {
    "sampler": st.sampled_from(["random", "random", "grid", "tpe"]),
    "max_trials": st.integers(2, 8),
    "max_concurrent_trials": st.integers(1, 3),
    "epochs": st.integers(1, 3),
    "seeds": st.integers(1, 2),
    "pruner": st.sampled_from(["none", "median"]),
    "budget": st.sampled_from([{}, {"epochs": 6}, {"epochs": 11}, {"hours": 0.004}]),
    "seed": st.integers(0, 50),
}


def outcome(job: Job) -> Sequence[float]:
    """A curve, or one of the ways to fail."""
    lr = job.config["optimizer"]["lr"]
    match int(1e5 * lr) % 11:
        case 0:
            raise ValueError("shapes do not match")
        case 1:
            raise FloatingPointError("the loss is nan")
        case 2:
            raise MemoryError("no memory is left")
    return [(1 - lr / 2) * epoch / 4 for epoch in range(1, 1 + job.config["training"]["epochs"])]


def epoch_seconds(job: Job) -> float:
    """One in five does not hear for longer than anybody is patient."""
    return 15.0 if int(1e5 * job.config["optimizer"]["lr"]) % 5 == 0 else 5.0


class StudyMachine(RuleBasedStateMachine):
    """Every action in every order."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._errors = Errors()
        logging.getLogger("service.engine").addHandler(self._errors)
        self._service = SimulatedService(database)
        self._store = self._service.store
        self._followed: list[Followed] = []
        self._n_created = 0
        self._pool = self._new_pool()
        self._service.start(self._pool)

    def _new_pool(self) -> ScriptedPool:
        pool = ScriptedPool(outcome, N_WORKERS)
        pool.epoch_seconds, pool.leaves_checkpoints = epoch_seconds, True
        return pool

    # --- studies

    @initialize(**STUDY)
    def begin(self, **given: Any) -> None:
        self._create(**given)

    @precondition(lambda self: len(self._followed) < MOST_STUDIES)
    @rule(**STUDY)
    def create(self, **given: Any) -> None:
        self._create(**given)

    def _create(self, *, sampler: str, pruner: str, epochs: int, seeds: int, **given: Any) -> None:
        self._follow(
            {
                "name": self._new_name(),
                "experiment": "digits-mlp",
                "objective": "val_accuracy",
                "sampler": {"name": "tpe", "n_startup_trials": 2} if sampler == "tpe" else sampler,
                "pruner": {"name": "median", "n_startup_trials": 1} if pruner == "median" else pruner,
                "space": {"optimizer": {"name": "sgd", "lr": SPACES[sampler]}},
                "training": {"epochs": epochs},
                "replicates": {"seeds": seeds},
                "max_failures": {"first": 2},
                **given,
            }
        )

    def _new_name(self) -> str:
        self._n_created += 1
        return f"study-{self._n_created}"

    def _follow(self, document: dict[str, Any]) -> None:
        study, _ = self._store.studies.create(submission_of(StudyDefinition.parse(document)))
        budget = study.budget
        self._followed.append(
            Followed(
                study.id,
                study.max_concurrent_trials,
                study.max_trials or math.inf,
                budget.get("epochs", math.inf),
                3600 * budget.get("hours", math.inf),
            )
        )

    some_study = st.integers(0, MOST_STUDIES - 1)
    some_trial = st.integers(0, 7)
    running = st.sampled_from(RunningTrials)

    def _study(self, index: int) -> tuple[Followed, Study]:
        followed = self._followed[index % len(self._followed)]
        return followed, self._store.studies.get(followed.id)

    @precondition(lambda self: 0 < len(self._followed) < MOST_STUDIES)
    @rule(index=some_study, max_trials=st.integers(1, 4))
    def clone(self, index: int, max_trials: int) -> None:
        _, study = self._study(index)
        self._follow(clone(study, {"max_trials": max_trials, "budget": None}, self._new_name()))

    @precondition(lambda self: 0 < len(self._followed) < MOST_STUDIES)
    @rule(index=some_study)
    def confirm(self, index: int) -> None:
        _, study = self._study(index)
        completed = [each for each in self._store.trials.of_study(study.id) if each.state is RunState.COMPLETED]
        if len(completed) > 1:
            asked = Confirmation(seeds=2)
            self._follow(confirming(study, completed[:2], asked, frozenset(), self._new_name()))

    @precondition(lambda self: self._followed)
    @rule(index=some_study, running=running)
    def pause(self, index: int, running: RunningTrials) -> None:
        _, study = self._study(index)
        refused = study.desired is Desired.DELETED or study.state.ended
        self._want(study, Desired.PAUSED, running, refused=refused)

    @precondition(lambda self: self._followed)
    @rule(index=some_study, running=running)
    def stop(self, index: int, running: RunningTrials) -> None:
        _, study = self._study(index)
        is_done = study.state in {StudyState.COMPLETED, StudyState.FAILED} and not self._runs_again(study)
        self._want(study, Desired.STOPPED, running, refused=study.desired is Desired.DELETED or is_done)

    @precondition(lambda self: self._followed)
    @rule(index=some_study)
    def resume(self, index: int) -> None:
        _, study = self._study(index)
        is_done = study.state is StudyState.COMPLETED and not self._runs_again(study)
        self._want(study, Desired.RUNNING, RunningTrials.FINISH, refused=study.desired is Desired.DELETED or is_done)

    @precondition(lambda self: self._followed)
    @rule(index=some_study)
    def delete(self, index: int) -> None:
        self._want(self._study(index)[1], Desired.DELETED, RunningTrials.FINISH, refused=False)

    def _want(self, study: Study, desired: Desired, running: RunningTrials, *, refused: bool) -> None:
        """Want it, and see that it is refused when it makes no sense, and only then."""
        try:
            wanted = self._store.desired_state.set(study.id, desired, running)
        except Conflict:
            assert refused, f"{desired} is refused of a study that is {study.state}"
        else:
            assert not refused, f"{desired} is not refused of a study that is {study.state}"
            assert wanted.desired is desired

    def _runs_again(self, study: Study) -> bool:
        return any(each.id == study.id for each in self._store.studies.to_reconcile()) and study.state.ended

    # --- what may be changed of them

    @precondition(lambda self: self._followed)
    @rule(index=some_study, max_trials=st.integers(1, 9))
    def change_max_trials(self, index: int, max_trials: int) -> None:
        followed, study = self._study(index)
        if self._change(study, max_trials=max_trials):
            followed.max_trials = max_trials

    @precondition(lambda self: self._followed)
    @rule(index=some_study, at_once=st.integers(1, 3))
    def change_concurrency(self, index: int, at_once: int) -> None:
        followed, study = self._study(index)
        if self._change(study, max_concurrent_trials=at_once):
            followed.n_at_once = max(at_once, self._n_at_work(followed.id))

    @precondition(lambda self: self._followed)
    @rule(index=some_study, priority=st.integers(-2, 2))
    def change_priority(self, index: int, priority: int) -> None:
        self._change(self._study(index)[1], priority=priority)

    @precondition(lambda self: self._followed)
    @rule(index=some_study, epochs=st.sampled_from([3, 6, 12, None]), hours=st.sampled_from([None, None, 0.003]))
    def change_budget(self, index: int, epochs: int | None, hours: float | None) -> None:
        followed, study = self._study(index)
        budget = {name: value for name, value in (("epochs", epochs), ("hours", hours)) if value is not None}
        if self._change(study, budget=budget):
            followed.epochs = max(epochs or math.inf, study.spent.epochs + self._n_epochs_begun(study.id))
            followed.seconds = max(3600 * (hours or math.inf), study.spent.wall_seconds)

    def _n_epochs_begun(self, study_id: str) -> int:
        """How many the trials that have begun may still take."""
        begun = {trial.id for trial in self._store.trials.of_study(study_id) if trial.state is RunState.RUNNING}
        runs = self._store.runs.of_study(study_id, unfinished=True)
        return sum(run.planned_epochs - run.reached_epoch for run in runs if run.trial_id in begun)

    def _change(self, study: Study, **changes: Any) -> bool:
        try:
            self._store.desired_state.update(study.id, changes)
        except Conflict:
            assert study.desired is Desired.DELETED
        except Invalid:
            assert "max_trials" in changes
        else:
            return True
        return False

    # --- single trials

    @precondition(lambda self: self._followed)
    @rule(index=some_study, number=some_trial)
    def cancel(self, index: int, number: int) -> None:
        self._act_on(index, number, self._store.trial_actions.cancel)

    @precondition(lambda self: self._followed)
    @rule(index=some_study, number=some_trial)
    def retry(self, index: int, number: int) -> None:
        self._act_on(index, number, self._store.trial_actions.retry)

    @precondition(lambda self: self._followed)
    @rule(index=some_study, number=some_trial, excluded=st.booleans())
    def exclude(self, index: int, number: int, excluded: bool) -> None:
        self._act_on(index, number, lambda study, n: self._store.trial_actions.set_excluded(study, n, excluded))

    def _act_on(self, index: int, number: int, action: Callable[[str, int], Trial]) -> None:
        with suppress(Conflict, TrialNotFound):
            action(self._study(index)[1].id, number)

    @precondition(lambda self: self._followed)
    @rule(index=some_study, lr=st.sampled_from([0.011, 0.102, 0.2, 0.31]))
    def queue(self, index: int, lr: float) -> None:
        with suppress(Conflict):
            self._store.queue.add(self._study(index)[1].id, [{"optimizer.sgd.lr": lr}])

    # --- what befalls them

    @rule(seconds=st.sampled_from([0.0, 1.0, 3.0, 6.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self._service.let_pass(seconds)

    @rule(steps=st.integers(1, 40))
    def a_little_happens(self, steps: int) -> None:
        self._service.let_pass(0.0, steps=steps)

    @precondition(lambda self: self._pool.running)
    @rule(which=st.integers(0, 5), failure=st.sampled_from([FailureKind.WORKER_LOST, FailureKind.NODE_LOST]))
    def a_worker_is_lost(self, which: int, failure: FailureKind) -> None:
        run_ids = list(self._pool.running)
        self._pool.lose(run_ids[which % len(run_ids)], failure)

    @rule(how=st.sampled_from(["stop", "hand over", "crash", "crash with its workers"]))
    def the_engine_is_restarted(self, how: str) -> None:
        self._pool.outlives = how == "crash"
        if how in {"crash", "crash with its workers"}:
            self._service.crash()
        else:
            self._service.stop()
        if not self._pool.outlives:
            self._pool = self._new_pool()
        self._service.start(self._pool)

    def all_comes_to_rest(self) -> None:
        assert self._service.until(lambda: not self._unrest(), COMES_TO_REST), self._unrest()
        for followed in self._followed:
            self._check_rest(followed)

    # --- what must hold

    @invariant()
    def nothing_unforeseen(self) -> None:
        assert not self._errors.found, self._errors.found

    @invariant()
    def rows_are_legal(self) -> None:
        for followed in list(self._followed):
            try:
                study = self._store.studies.get(followed.id)
            except StudyNotFound:
                self._followed.remove(followed)
                continue
            self._check(followed, study)

    def _check(self, followed: Followed, study: Study) -> None:
        trials, runs = self._store.trials.of_study(study.id), self._store.runs.of_study(study.id)
        check_finished(followed, [*trials, *runs])
        for trial in trials:
            check_trial(trial, [run for run in runs if run.trial_id == trial.id])
        counted = {state: n for state in RunState if (n := sum(trial.state is state for trial in trials))}
        assert study.counts == counted
        if study.state.ended:
            assert all(trial.state.ended for trial in trials), f"{study.state}, but a trial has not ended"
        if study.state is StudyState.PAUSED:
            assert not any(run.state is RunState.RUNNING for run in runs), "paused, but a run is not"
        self._check_limits(followed, study, trials, runs)
        check_best(study, trials)

    def _check_limits(self, followed: Followed, study: Study, trials: Sequence[Trial], runs: Sequence[Run]) -> None:
        counted = [trial for trial in trials if trial.state is not RunState.CANCELLED and trial.retry_of is None]
        assert len(counted) <= followed.max_trials, "more trials than max_trials"
        assert self._n_at_work(study.id) <= followed.n_at_once, "more trials at once than max_concurrent_trials"
        assert len(self._pool.running) <= N_WORKERS
        assert study.spent.epochs <= followed.epochs, "more epochs than the budget has"
        assert study.spent.wall_seconds <= followed.seconds + ENDS_AFTER_HOURS, "more hours than the budget has"
        left = sum(run.planned_epochs - run.reached_epoch for run in runs if not run.state.ended)
        assert study.reserved_epochs == left, "what is reserved is not what may still be taken"

    def _n_at_work(self, study_id: str) -> int:
        """Trials that workers have."""
        runs = [run for run in self._store.runs.of_study(study_id) if run.id in self._pool.running]
        return len({run.trial_id for run in runs})

    def _unrest(self) -> list[str]:
        """What is not as it is wanted."""
        found = []
        for followed in self._followed:
            try:
                study = self._store.studies.get(followed.id)
            except StudyNotFound:
                continue
            if not rests(study) or self._runs_again(study):
                found.append(f"{study.id} is {study.state}, wanted {study.desired}: {study.reason}")
        return found

    def _check_rest(self, followed: Followed) -> None:
        try:
            study = self._store.studies.get(followed.id)
        except StudyNotFound:
            return
        trials, runs = self._store.trials.of_study(study.id), self._store.runs.of_study(study.id)
        left = [(run, self._pool.running[run.id].job.task) for run in runs if run.id in self._pool.running]
        assert not left, f"{study.state}, {study.reason}, but a worker has {left}"
        for trial in trials:
            assert not trial.cancel_wanted or trial.state.ended
            made = sum(each.retry_of == trial.number for each in trials)
            assert made <= trial.retries_wanted
            if study.state is StudyState.COMPLETED:
                assert made == trial.retries_wanted, f"trial {trial.number} is not repeated"
        if study.state is StudyState.COMPLETED and study.reason.startswith("all"):
            n = sum(trial.state is not RunState.CANCELLED and trial.retry_of is None for trial in trials)
            assert study.reason.split()[1] == str(n), f"{n} trials, but {study.reason}"

    def teardown(self) -> None:
        try:
            if self._followed:
                self.all_comes_to_rest()
            self.rows_are_legal()
            self._service.stop()
        finally:
            self._service.close()
            logging.getLogger("service.engine").removeHandler(self._errors)
            with writing(self._database) as connection:
                connection.execute(studies_table.delete())
