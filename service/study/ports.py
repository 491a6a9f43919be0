"""What the engine needs of the store; ``service.storage`` implements it, on SQLite and on PostgreSQL.

Every state change is a compare-and-swap against the tables of ``states``: a change that is not legal from the stored
state raises, and a change that already happened answers like the first time. Each write of a transaction also writes
the study's next numbered event and marks the study or the trial dirty for MLflow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from experiments.reporting import Report
from service.study.checkpoints import Checkpoint
from service.study.jobs import Placement, RunStart, WorkerInfo
from service.study.records import (
    Artifact,
    Attempt,
    CodeCheck,
    Continuation,
    PriorTrial,
    Run,
    SamplerProcess,
    Study,
    Trial,
)
from service.study.states import FailureKind, RunState, StudyState
from service.study.waits import Wait


@dataclass(frozen=True)
class Outcome:
    """How a run or a trial ended."""

    state: RunState
    reason: str
    value: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    failure: FailureKind | None = None
    epochs: int = 0
    training_time: float = 0.0
    metrics_epoch: int | None = None
    """Of a run: the epoch that value and metrics are of."""
    infeasible: bool = False
    """Of a trial that completed: whether it violates a constraint."""
    spared: bool = False
    """Of a run: whether it is cancelled because its trial was pruned."""
    further_values: tuple[float | None, ...] = ()
    """Those of the objectives after the first."""

    @property
    def objective_values(self) -> tuple[float | None, ...]:
        """The values of all objectives; none where the first has none."""
        return () if self.value is None else (self.value, *self.further_values)


class Transaction(Protocol):
    """The engine's writes; all of one transaction are committed together, or none.

    What is written of a run names the start that it is of: one that comes again behind a later start changes nothing.
    """

    def insert_trial(self, trial: Trial, runs: Sequence[Run]) -> None:
        """A sampled trial, WAITING, with its runs."""
        ...

    def start_run(self, run_id: str, start: int) -> None:
        """WAITING to RUNNING; the trial starts with its first run."""
        ...

    def assign_run(self, run_id: str, start: int, placement: Placement) -> None:
        """Which worker trains the start, where and with what."""
        ...

    def requeue_run(
        self,
        run_id: str,
        reason: str,
        *,
        start: int | None = None,
        attempt_used: bool = False,
        failure: FailureKind | None = None,
    ) -> None:
        """RUNNING to WAITING, unless this start of it is over; without one, in whichever it is."""
        ...

    def append_points(self, run_id: str, start: int, rows: Sequence[Report]) -> None:
        """Rows of the curve; rows at or below the recorded step are dropped."""
        ...

    def append_log(self, run_id: str, text: str, event: tuple[int, int] | None = None) -> None:
        """Text at the end of the run's log; once only, if it has a number: that of its start, and its own there."""
        ...

    def add_checkpoint(self, run_id: str, start: int, checkpoint: Checkpoint) -> None:
        """The newest resume checkpoint; the one before is kept with it, older ones are not."""
        ...

    def continue_runs(self, continuations: Sequence[Continuation]) -> None:
        """What the members of a population go on with; those that take over a checkpoint have no other from then on."""
        ...

    def add_artifact(self, artifact: Artifact) -> None:
        """A file, whose bytes are already stored; the same path again replaces it."""
        ...

    def end_run(self, run_id: str, start: int, outcome: Outcome) -> None:
        """RUNNING (or WAITING, when cancelled) to an end; the curve is compacted."""
        ...

    def end_trial(self, trial_id: str, outcome: Outcome, sampler_attrs: Mapping[str, Any]) -> None:
        """The trial's end, with what the sampler wants to remember of it."""
        ...

    def set_trial_reason(self, trial_id: str, reason: str) -> None:
        """Why a trial is being ended while runs of it have not; nothing once it has ended."""
        ...

    def set_study_state(self, study_id: str, state: StudyState, reason: str, wanted: int | None = None) -> None:
        """The study's state, as the engine found it; COMPLETED answers the wishes up to ``wanted``, without it all."""
        ...

    def hold_study(self, study_id: str, reason: str) -> None:
        """Want a study paused that is wanted running, because it cannot go on; what runs may finish."""
        ...

    def set_sampler_state(self, study_id: str, sampler_state: Mapping[str, Any]) -> None:
        """What the sampler keeps for the study as a whole."""
        ...

    def set_test_result(self, study_id: str, result: Mapping[str, Any]) -> None:
        """The best trial's result on the test split."""
        ...

    def set_code_check(self, study_id: str, check: CodeCheck, key: str | None) -> None:
        """What the dry run found; one that passed is kept for every study with the same ``key``, if it has one."""
        ...

    def note_silence(self, going_on: Collection[RunStart]) -> None:
        """These starts go on with their workers; of the others nothing was heard since the engine before this one."""
        ...

    def delete_study(self, study_id: str) -> None:
        """Every row of the study; MLflow is told first to forget it."""
        ...


class Leadership(Protocol):
    """Which engine leads."""

    def lead(self, holder: str, term: float) -> int | None:
        """Try to become the engine: the new epoch, or nothing while another one's heartbeat still moves.

        ``term`` is in seconds, measured on the caller's monotonic clock between two looks at the heartbeat counter.
        """
        ...

    def heartbeat(self, epoch: int) -> bool:
        """Say that the engine of this epoch lives; false when another one has taken over."""
        ...

    def set_trouble(self, epoch: int, reason: str) -> None:
        """Say why this engine cannot work; it holds, for the next one too, until ``""`` is said."""
        ...

    def resign(self, epoch: int) -> None:
        """Give leadership up, so that the next engine need not wait."""
        ...


class Studies(Protocol):
    """Studies as the engine finds them."""

    def to_reconcile(self) -> Sequence[Study]:
        """Every study whose state is not ended, or whose desired state asks for a change."""
        ...

    def get(self, reference: str) -> Study:
        """A study by id or name."""
        ...

    def expanded_space(self, study_id: str) -> Mapping[str, Any]:
        """The study's space as it was frozen when it was submitted."""
        ...

    def prior_trials(self, study_id: str) -> Sequence[PriorTrial]:
        """What its sampler learns before the first trial."""
        ...

    def code_check(self, key: str) -> CodeCheck | None:
        """The newest check that passed of a study with this key."""
        ...


class Queue(Protocol):
    """What is tried before the sampler is asked."""

    def of_study(self, study_id: str, first: int = 0) -> Sequence[Mapping[str, Any]]:
        """The parameters of what was ever queued, from a position on."""
        ...


class Trials(Protocol):
    """A study's trials."""

    def of_study(self, study_id: str) -> Sequence[Trial]:
        """Every trial, by number."""
        ...

    def marked(self, study_id: str) -> Sequence[Trial]:
        """Those of which a user wants something, and those that were made to repeat another, by number."""
        ...


class Runs(Protocol):
    """A study's runs."""

    def of_study(self, study_id: str, *, unfinished: bool = False) -> Sequence[Run]:
        """Every run (or those not ended), by trial number and replicate."""
        ...

    def failed_starts(self, study_id: str) -> Mapping[str, Sequence[Attempt]]:
        """The starts of runs that have not ended which failed or were lost, by run, the first start first."""
        ...

    def continuations(self, study_id: str) -> Sequence[Continuation]:
        """What the members of its population went on with, interval by interval."""
        ...

    def artifact(self, run_id: str, path: str) -> Artifact:
        """One artifact of a run."""
        ...


class Curves(Protocol):
    """A study's curves."""

    def metric_by_epoch(self, study_id: str, metric: str, steps: int = 0) -> Mapping[str, Mapping[int, float]]:
        """Run id to (epoch to the metric's recorded value, where it is finite).

        With ``steps``, not by epoch but by the last multiple of so many steps; the first value there stands.
        """
        ...


class Workers(Protocol):
    """The workers, what waits for them, and the processes that ask samplers, for the API to show."""

    def set(
        self,
        epoch: int,
        infos: Sequence[WorkerInfo],
        waiting: Sequence[Wait] = (),
        samplers: Sequence[SamplerProcess] = (),
    ) -> None:
        """These are all the workers now, the studies of which something waits, in turn, and the processes."""
        ...


class EngineStore(Protocol):
    """The store as the engine is given it. Calls are synchronous and safe from any thread."""

    @property
    def leadership(self) -> Leadership:
        """Which engine leads."""

    @property
    def studies(self) -> Studies:
        """What is to be done."""

    @property
    def queue(self) -> Queue:
        """What is to be tried first."""

    @property
    def trials(self) -> Trials:
        """What was drawn."""

    @property
    def runs(self) -> Runs:
        """What was trained."""

    @property
    def curves(self) -> Curves:
        """What was reported."""

    @property
    def workers(self) -> Workers:
        """Who trains."""

    def transaction(self, epoch: int) -> AbstractContextManager[Transaction]:
        """A write transaction of the engine with this epoch.

        Raises:
            LostLeadership: another engine has taken over; nothing is written.
        """
        ...
