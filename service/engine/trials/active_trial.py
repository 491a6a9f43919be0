"""Trials and runs in flight: what the engine knows of them beside their rows. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from service.engine.pruning.rules import Looks
from service.study.checkpoints import Checkpoint, resume_epoch
from service.study.definitions.objectives import Objective
from service.study.node_losses import NodeLosses
from service.study.records import Attempt, Run, Trial
from service.study.states import RETRIES, FailureKind, RunState

GIVEN_UP = "another run of the trial failed"
CANCELLED = "cancelled by request"


@dataclass
class ActiveRun:
    """A run that has not ended."""

    run: Run
    values: dict[int, float] = field(default_factory=dict)
    """Epoch to the objective's metric, where it is finite; or step, where the pruner counts these (`Looks.place`)."""

    # What was decided about it. If it fails or is lost, the first that is set decides (`RunEnds.failed`), but for
    # `pruned_because` where it was asked to end, and is not to come back.
    pruned_because: str = ""
    """Why the pruner ends it, which its worker may not have heard yet."""
    release: bool = False
    """Whether it goes back to WAITING once it has stopped."""
    timed_out: bool = False
    """Whether it was asked to end because its time is up."""
    cut_short: str = ""
    """Why it is to end with what it has come to."""
    stop_reason: str = ""
    """Why it was asked to end, for whichever of these; empty while nobody did."""

    submitted: bool = False
    training: bool = False
    """Whether a worker has begun with it."""
    seconds: float = 0.0
    """How long workers have had it, all attempts together."""
    ran_out_of_memory: bool = False
    """Whether memory ran out in an attempt of it."""
    last_epoch: int | None = None
    """Where its worker ends it, if its config goes on beyond."""
    uploading: bool = False
    """Whether its worker is storing a checkpoint."""
    diverged: bool = False
    """Whether it waits, as a member of a population, to go on from the checkpoint of another."""
    checkpoints: tuple[Checkpoint, ...] = ()
    node_losses: NodeLosses = field(default_factory=NodeLosses)
    """How often it ended with its node, or its engine, since it left its newest checkpoint."""
    recorded_step: int = -1
    recorded_epoch: int = 0
    judged_known: bool = False
    judged_value: float | None = None
    judged_metrics: Mapping[str, float] = field(default_factory=dict)
    """All that was measured where it is judged so far, as far as this engine has heard it."""
    judged_place: int = 0
    """The last epoch, or step, that the pruner was asked about; ``pruned_because`` holds the answer, and it let all
    before pass."""
    reached: int = 0
    """The last epoch that its start has computed."""
    epoch_at: dict[int, int] = field(default_factory=dict)
    """Step to epoch, of the rows of its start that are not in a checkpoint yet."""

    @property
    def comes_back(self) -> bool:
        """Whether it waits again once it has stopped: it is to, or an engine before this one had asked it."""
        return self.release or not self.stop_reason

    @property
    def epochs_left(self) -> int:
        """How many epochs it may still take."""
        done = self.reached if self.submitted else resume_epoch(self.checkpoints)
        return max(0, (self.last_epoch or self.run.planned_epochs) - done)

    @property
    def feeds_pruner(self) -> bool:
        """Whether it is the run of its trial whose curve the pruner sees."""
        return feeds_pruner(self.run)

    @property
    def is_alone(self) -> bool:
        """Whether nothing else may train on its node while it does."""
        return self.ran_out_of_memory or self.node_losses.must_be_alone

    def use_attempt(self, failure: FailureKind, attempt: int) -> bool:
        """This attempt has failed so: whether there is another. For want of memory there is one more, alone."""
        if failure is not FailureKind.OUT_OF_MEMORY:
            return attempt <= RETRIES[failure]
        is_first, self.ran_out_of_memory = not self.ran_out_of_memory, True
        return is_first

    def remember(self, failed: Collection[Attempt]) -> None:
        """Take in those of its starts that failed or were lost, as an engine before this one wrote them down."""
        newest = self.checkpoints[0]["sha256"] if self.checkpoints else None
        lost = [each for each in failed if each.failure == FailureKind.NODE_LOST]
        self.node_losses = NodeLosses.of(lost, newest)
        self.ran_out_of_memory = any(each.failure == FailureKind.OUT_OF_MEMORY for each in failed)

    def add_value(self, objective: Objective, place: int, value: float, metrics: Mapping[str, float]) -> None:
        """The first value of a place stands, as in the curve; what was measured beside it is kept if it counts."""
        if place in self.values:
            return
        if not self.judged_known:
            self.judged_known, (_, self.judged_value) = True, self.judged(objective)
        self.values[place] = value
        if objective.monitor.supersedes(value, self.judged_value):
            self.judged_value, self.judged_metrics = value, metrics

    def judged(self, objective: Objective) -> tuple[int, float] | tuple[None, None]:
        """The epoch, or step, that counts so far, and the objective there."""
        epoch = objective.monitor.judged_epoch(self.values)
        return (None, None) if epoch is None else (epoch, self.values[epoch])


@dataclass
class ActiveTrial:
    """A trial that has not ended, with those of its runs that have not, and the records of those that have."""

    trial: Trial
    runs: dict[str, ActiveRun] = field(default_factory=dict)
    ended: list[Run] = field(default_factory=list)
    curve: dict[int, float] = field(default_factory=dict)
    """The values of the run that the pruner sees."""

    pruned_because: str = ""
    """Why its runs that have completed make the others useless."""
    epochs: int = 0
    """Those that its runs have computed, in all their attempts."""
    ended_seconds: float = 0.0
    """That workers had those of its runs which have ended."""
    out_of_limits: str = ""
    """Which of the limits of a trial it has used up."""

    @property
    def is_submitted(self) -> bool:
        """Whether a worker has one of its runs."""
        return any(run.submitted for run in self.runs.values())

    @property
    def waiting(self) -> bool:
        """Whether none of its runs was ever started."""
        return self.trial.state == RunState.WAITING

    @property
    def pruned(self) -> str:
        """Why the pruner has ended it, by the curve of its first run or by the values of several; else empty."""
        return self.pruned_because or next((run.reason for run in self.ended if run.state == RunState.PRUNED), "")

    @property
    def given_up(self) -> str:
        """Why those of its runs that have not ended are of no use; empty where they are of use."""
        if any(run.state == RunState.FAILED for run in self.ended):
            return GIVEN_UP
        return self.pruned or (CANCELLED if self.trial.cancel_wanted else self.out_of_limits)

    @property
    def seconds(self) -> float:
        """That workers had its runs, all of them together."""
        return self.ended_seconds + sum(run.seconds for run in self.runs.values())

    def cut_short(self, reason: str) -> None:
        """It ends with what it has come to."""
        self.out_of_limits = reason
        for run in self.runs.values():
            run.cut_short = reason

    def another_is_pruned(self, run: ActiveRun) -> bool:
        """Whether a run of it other than this is being pruned: then the trial is, as soon as that has ended."""
        return any(other.pruned_because for other in self.runs.values() if other is not run)

    @property
    def is_drawn_ahead(self) -> bool:
        """Whether nothing of it was ever started, nor did anybody ask for just this configuration."""
        return self.waiting and self.trial.queue_position is None and self.trial.retry_of is None

    @property
    def goes_on(self) -> bool:
        """Whether it has begun, and there is a point in training the rest of it."""
        return not self.waiting and not self.given_up


def active_trial(
    trial: Trial, runs: Iterable[Run], curves: Mapping[str, Mapping[int, float]], looks: Looks
) -> ActiveTrial:
    """A trial as its rows tell it, with each run's objective by epoch, or by step where the pruner counts these."""
    active = ActiveTrial(trial, pruned_because=trial.reason if trial.state == RunState.RUNNING else "")
    for run in runs:
        values = dict(curves.get(run.id, {}))
        if feeds_pruner(run):
            active.curve = values
        active.epochs += run.computed_epochs
        if run.state.ended:
            active.ended.append(run)
            active.ended_seconds += run.spent_seconds
        else:
            passed = [_passed(run, values, looks), *(each["judged_place"] for each in run.checkpoints)]
            active.runs[run.id] = ActiveRun(
                run,
                values,
                checkpoints=run.checkpoints,
                recorded_step=run.recorded_step,
                recorded_epoch=run.epochs,
                # Of a start that goes on under this engine, a former one alone knew how long it had been under way.
                seconds=max(run.training_time, run.spent_seconds),
                judged_place=max(passed),
            )
    return active


def feeds_pruner(run: Run) -> bool:
    """Whether it is the run of its trial whose curve the pruner sees."""
    return run.replicate == 0 and not run.fold


def _passed(run: Run, values: Mapping[int, float], looks: Looks) -> int:
    """The last place whose decision the run has surely heard: of its last row's place it may never have been."""
    last = max(values, default=0)
    return last if last < looks.place(run.recorded_step, run.epochs) else last - 1
