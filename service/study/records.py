"""What the store hands out: plain, frozen records of studies, trials and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from service.study.checkpoints import Checkpoint
from service.study.states import Desired, FailureKind, RunningTrials, RunState, StudyState


@dataclass(frozen=True)
class CodeCheck:
    """What a dry run of a study's code found before its first trial."""

    passed: bool
    warnings: Sequence[str] = ()
    """What is doubtful; the study runs all the same."""
    reason: str = ""
    """Why it did not pass."""
    traceback: str = ""


@dataclass(frozen=True)
class Spent:
    """What the runs of a study have taken so far, all their starts together."""

    epochs: int = 0
    """Those that were computed, again after a lost worker too."""
    seconds: float = 0.0
    """That its runs had workers, all of them together."""
    device_seconds: float = 0.0
    """Those seconds times GPUs."""
    wall_seconds: float = 0.0
    """While at least one of them was on a worker."""


@dataclass(frozen=True)
class PriorTrial:
    """What a trial of an earlier study came to, for the sampler alone."""

    parameters: Mapping[str, Any]
    value: float


Over = Literal["seeds", "folds"]
"""What a confirmation varies: seeds answer for this split of the data, folds for the data."""


@dataclass(frozen=True)
class Look:
    """A confirmation: trials of a study that are trained once more, and so looked at once more."""

    study_id: str
    """The study whose trials they are."""
    look: int
    """Counts the confirmations of that study from 1, whatever they vary, those that were deleted too."""
    over: Over
    """What varies."""
    trials: tuple[int, ...]
    """Their numbers there, in the order of the queue; the first is what the others are compared with."""
    confirmation_id: str | None = None
    """The study that trains them; none that is not made yet, or was deleted."""


@dataclass(frozen=True)
class Submission:
    """A study to be created, read and checked once for as long as it will exist."""

    definition: Mapping[str, Any]
    """As JSON: the space as its user wrote it, the study's own fields with every default filled in."""
    expanded_space: Mapping[str, Any] = field(default_factory=dict)
    """What that space meant when it was submitted, as ``search_spaces.expanded`` writes it: this is what is drawn."""
    warnings: Sequence[str] = ()
    """What in the definition does nothing."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    queue: Sequence[Mapping[str, Any]] = ()
    """Parameters of the configurations that are tried before the sampler is asked."""
    prior_trials: Sequence[PriorTrial] = ()
    """What the sampler learns from before the first trial."""
    look: Look | None = None
    """What it confirms, if it does."""


@dataclass(frozen=True)
class Study:
    """A study as stored, without its expanded space, which is long and read once."""

    id: str
    name: str
    definition: Mapping[str, Any]
    """As it was submitted: see ``Submission``."""
    desired: Desired
    state: StudyState
    reason: str
    priority: int
    max_trials: int | None
    max_concurrent_trials: int
    notes: str
    version: int
    created_at: datetime
    tags: tuple[str, ...] = ()
    trial_actions: int = 0
    """Counts what users want of single trials; the engine looks at the trials when it has moved."""
    wanted: int = 1
    """Counts the wishes that it run on; an end answers those that were known when it was judged."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    sampler_state: Mapping[str, Any] = field(default_factory=dict)
    """The grid's cursor, the QMC index: what a sampler keeps for the study as a whole."""
    stop_running: RunningTrials = RunningTrials.FINISH
    """What becomes of running trials on pause and stop."""
    test_result: Mapping[str, Any] | None = None
    """The best trial on the test split, evaluated once; nothing before the study's end.

    ``trial`` is its number, ``n`` how many of its runs were measured, ``metrics`` their means and ``std`` their sample
    standard deviations (null for one run); ``runs`` has for each ``run`` (its id), ``seed``, ``fold``, ``metrics``,
    the ``data_hash`` of what they were measured on and the ``reason`` why there are none. ``reason`` is the first of
    those. ``look`` counts the looks at the test split of these data up to this one, over all studies, where they can
    be recognized; the store adds it.
    """
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """With what it was submitted, as ``experiments.provenance`` writes it; its ``code`` is what its runs must run."""
    warnings: Sequence[str] = ()
    code_check: CodeCheck | None = None
    """Nothing before it was checked, and where there is no code of the user's own."""
    counts: Mapping[RunState, int] = field(default_factory=dict)
    """Trials by state."""
    ended_runs: int = 0
    """How many runs have ended of those trials that are still RUNNING."""
    best: tuple[int, float] | None = None
    """Number and value of the best trial so far."""
    reserved_epochs: int = 0
    """How many epochs those runs that have not ended may still take."""
    spent: Spent = Spent()
    saved_epochs: int = 0
    """How many epochs pruned runs were spared."""
    budget: Mapping[str, float] = field(default_factory=dict)
    """What it may spend, as ``definitions.parts.Budget`` names it; what is not limited is not in it."""
    mlflow_experiment_id: str | None = None
    n_queued: int = 0
    """How many configurations were ever queued."""

    @property
    def asked_for(self) -> tuple[object, ...]:
        """What the API may change of it."""
        stop = self.desired, self.stop_running
        limits = self.max_trials, self.max_concurrent_trials, tuple(sorted(self.budget.items()))
        return self.wanted, *stop, self.priority, *limits, self.n_queued, self.trial_actions

    @property
    def is_population(self) -> bool:
        """Whether its trials train together, and their values change: `parameters` are those they begin with."""
        return bool(self.definition["sampler"]["name"] == "pbt")

    @property
    def code(self) -> Mapping[str, str]:
        """The user's own components it may run, as ``kind.name``, to the hash of their code."""
        return dict(self.provenance.get("code", {}))

    @property
    def code_hash(self) -> str:
        """One hash of all that code; empty where there is none."""
        return str(self.provenance.get("code_hash", ""))


@dataclass(frozen=True)
class Trial:
    """One configuration of a study."""

    id: str
    study_id: str
    number: int
    sampler_number: int
    """The trial's number within Optuna; ours and Optuna's differ once a trial is added by hand."""
    state: RunState
    reason: str
    parameters: Mapping[str, Any]
    """Dotted path to value, e.g. ``{"optimizer": "adamw", "optimizer.adamw.lr": 3e-3}``."""
    distributions: Mapping[str, str]
    """Dotted path to Optuna's JSON form of the distribution the value was drawn from."""
    config: Mapping[str, Any]
    """The experiment config, complete; seed and fold are each run's own."""
    created_at: datetime
    value: float | None = None
    """The objective, aggregated over the trial's runs."""
    objective_values: tuple[float | None, ...] = ()
    """The values of all objectives, of which ``value`` is the first; none before the end, and where that is none."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Final metrics, aggregated over the trial's runs."""
    sampler_attrs: Mapping[str, Any] = field(default_factory=dict)
    queue_position: int | None = None
    """Its place in the study's queue; none if the sampler proposed it."""
    failure: FailureKind | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    retry_of: int | None = None
    """The number of the trial whose configuration it has once more, at a user's wish."""
    infeasible: bool = False
    """Whether it completed and violates a constraint: it is never the best, and the sampler learns from it."""
    excluded: bool = False
    """Whether a user wants it to count no more: neither for the ranking nor for the sampler."""
    cancel_wanted: bool = False
    """Whether a user wants it to end."""
    retries_wanted: int = 0
    """How many trials are to have been made that repeat it."""
    notes: str = ""
    tags: tuple[str, ...] = ()
    mlflow_run_id: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it may be the best, if it completes."""
        return not (self.excluded or self.infeasible)


@dataclass(frozen=True)
class Run:
    """One training execution of a trial: one seed, one fold."""

    id: str
    trial_id: str
    study_id: str
    trial_number: int
    replicate: int
    """0-based index among the trial's runs."""
    seed: int
    fold: int | None
    state: RunState
    reason: str
    attempt: int
    """1 for the first start; a failure that is tried again or a lost worker adds one. A pause, an interval of a
    population, a lost node or a restarted engine does not."""
    created_at: datetime
    value: float | None = None
    objective_values: tuple[float | None, ...] = ()
    """The values of all objectives, of which ``value`` is the first."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    metrics_epoch: int | None = None
    """The epoch that value, metrics and artifacts are of, once the run has ended: its objective's best, or last."""
    recorded_step: int = -1
    """The last step of the curve that is stored."""
    epochs: int = 0
    planned_epochs: int = 0
    """How many its config asks for: they are reserved until it ends."""
    reached_epoch: int = 0
    """How far its present start is, or where the next one will begin."""
    training_time: float = 0.0
    computed_epochs: int = 0
    """Those of all its starts, computed again after a lost worker too."""
    spent_seconds: float = 0.0
    """That workers had it, in those of its starts that have ended."""
    worker: str | None = None
    starts: int = 0
    """How often it was given to a worker, whether that used an attempt or not."""
    code_hash: str = ""
    failure: FailureKind | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    """Those it can go on from, newest first; none once it has ended."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    mlflow_run_id: str | None = None


@dataclass(frozen=True)
class RunHead:
    """A run as far as its curve is drawn and grouped: of thousands of runs no more is read."""

    id: str
    study_id: str
    trial_number: int
    replicate: int
    seed: int
    fold: int | None
    state: RunState
    value: float | None
    planned_epochs: int
    started_at: datetime | None


@dataclass(frozen=True)
class Attempt:
    """One start of a run on a worker, and what became of it."""

    id: str
    run_id: str
    attempt: int
    """How many the run had used up then, and one; a release or a restarted engine uses up none."""
    worker: str
    node: str
    cpus: float
    gpus: float
    started_at: datetime
    parent_checkpoint: str | None = None
    """Hash of the newest checkpoint that it could go on from."""
    last_seen_at: datetime | None = None
    """When its engine was seen last, if that died and no worker goes on with it: what ran no longer is not counted."""
    ended_at: datetime | None = None
    device_seconds: float = 0.0
    """Seconds times GPUs."""
    left_run: RunState | None = None
    """The state in which its end left the run; WAITING goes on elsewhere."""
    alone: bool = False
    """Whether it had its node for itself."""
    failure: FailureKind | None = None
    """What failed, if anything did."""
    reason: str = ""
    """Why it ended."""


@dataclass(frozen=True)
class SamplerProcess:
    """A helper process of the engine's that asks samplers, and what it is asked now."""

    pid: int | None
    """None before it is first needed."""
    sampler: str = ""
    """Which one it asks now; empty while it has nothing to do."""
    n_past: int = 0
    """The trials from which that one draws the next."""
    since: datetime | None = None


@dataclass(frozen=True)
class Stay:
    """A start of a run on a worker, and whose run it is."""

    study: str
    """The study's name."""
    trial_number: int
    attempt: Attempt


@dataclass(frozen=True)
class Continuation:
    """What a member of a population went on with after an interval: its own checkpoint, or that of another member."""

    run_id: str
    trial_number: int
    epoch: int
    """After which it was decided."""
    value: float | None
    """What it was judged by, where it had a value: it may have diverged."""
    from_trial: int
    from_run: str
    """Whose checkpoint it went on from: its own, or another's."""
    checkpoint: str
    """Hash of that checkpoint."""
    in_force: Mapping[str, float]
    """What varies, by its place in the config, as it holds from there on."""
    reason: str

    @property
    def takes_over(self) -> bool:
        """Whether the checkpoint is another member's."""
        return self.from_run != self.run_id


@dataclass(frozen=True)
class StudyEvent:
    """Something that happened in a study, numbered from 1 within it."""

    study_id: str
    seq: int
    kind: str
    """``study``, ``trial``, ``run``, ``metrics``, or ``reset`` where older events are gone."""
    payload: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Artifact:
    """A file a run left, kept by the sha256 of its bytes."""

    run_id: str
    path: str
    sha256: str
    size: int
    media_type: str
    created_at: datetime
