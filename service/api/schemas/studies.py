"""What the API says, as JSON. The OpenAPI document and the dashboard's types are made from these classes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field

from service.api.schemas.answers import RankingAnswer
from service.api.schemas.provenance import Provenance
from service.api.schemas.replicates import Replication, RunMark, TestResult
from service.api.schemas.response import ResponseModel
from service.study.states import Desired, RunningTrials, RunState, StudyState

T = TypeVar("T")


class Page(ResponseModel, Generic[T]):
    """One page of a list; pass ``next_cursor`` as ``cursor`` to get the one after it."""

    items: list[T]
    next_cursor: str | None = None


class FieldError(ResponseModel):
    """One thing that is wrong: the place in the document that was sent, and the remedy."""

    path: str = Field(examples=["space.optimizer.choice.1.lr"])
    message: str = Field(examples=["unknown optimizer 'adamm' (did you mean 'adam'?)"])


class Problem(ResponseModel):
    """A refusal (RFC 9457)."""

    model_config = ConfigDict(extra="allow", json_schema_serialization_defaults_required=False)

    type: str = Field(description="`urn:studyhall:` and the error's name.", examples=["urn:studyhall:invalid"])
    title: str = Field(examples=["Invalid"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["space.optimizer: unknown optimizer 'adamm' (did you mean 'adam'?)"])
    errors: list[FieldError] = Field(description="The places that are wrong, if the request has any.")
    taken_name: str | None = Field(None, description="With a taken name: that name.", examples=["digits"])
    free_name: str | None = Field(None, description="With a taken name: one that is free.", examples=["digits-2"])


class StudyObjective(ResponseModel):
    """What a trial is judged by."""

    metric: str = Field(examples=["val_loss"])
    direction: Literal["minimize", "maximize"]
    reduce: Literal["best", "last"]
    target: float | None = None


class Counts(ResponseModel):
    """Trials by state."""

    WAITING: int = 0
    RUNNING: int = 0
    COMPLETED: int = 0
    PRUNED: int = 0
    FAILED: int = 0
    CANCELLED: int = 0


class Best(ResponseModel):
    """The best trial so far."""

    trial: int
    value: float
    replicates: Replication | None = Field(description="Null with one run a trial.")


class Progress(ResponseModel):
    """How far a study is. Totals are null when nobody knows; ``eta_seconds`` when it cannot be told yet."""

    done: int = Field(description="Trials that have ended, the cancelled ones left out.")
    total: int | None
    total_is_estimate: bool = Field(
        description="Whether it is that of a grid of more than 5,000 points, of which a sample tells how many have a "
        "conflict."
    )
    runs_done: int = Field(description="Runs of those trials, and runs that have ended of trials that go on.")
    runs_total: int | None
    runs_per_trial: int
    eta_seconds: float | None = Field(description="Judged by the newest ended runs and by how many run now.")


class Spent(ResponseModel):
    """What a study's runs have taken so far, those that run now too."""

    epochs: int = Field(description="Computed, those that were computed again after a lost worker too.")
    hours: float = Field(description="In which at least one run had a worker.")
    cpu_hours: float
    gpu_hours: float


class Saved(ResponseModel):
    """What pruned runs were spared."""

    epochs: int
    cpu_hours: float = Field(description="Estimated by what an epoch took.")


class StudyLinks(ResponseModel):
    """Where the study is found."""

    self: str
    dashboard: str
    mlflow: str | None


class Confirms(ResponseModel):
    """What a confirmation trains once more."""

    study: str = Field(description="The name of the study that it confirms.")
    look: int = Field(description="Which confirmation of that study it is, from 1.")
    over: Literal["seeds", "folds"]
    trials: list[int] = Field(description="That study's trials, in the order of this one's queue.")


class Study(ResponseModel):
    """A study with its state and progress."""

    id: str = Field(examples=["st_4f1c0a8e2b"])
    name: str = Field(examples=["which-optimizer"])
    state: StudyState = Field(description="What is true; the engine writes it.")
    desired: Desired = Field(description="What the user wants; the API writes it.")
    reason: str = Field(
        description="What is being done while the state is not yet as desired, else why the study is in its state.",
        examples=["stopping: 3 trials train to their end"],
    )
    waits_for: str = Field(
        description="Why nothing more of it starts, where more is left; empty while it does.",
        examples=["needs 1 GPU, none is free for 3 min", "max_concurrent_trials 2 reached"],
    )
    stop_running: RunningTrials = Field(description="What becomes of running trials on pause and stop.")
    experiment: str = Field(description="The registered experiment, or `inline`.", examples=["digits-mlp"])
    objective: StudyObjective = Field(description="The first of several: its epoch counts, trials are listed by it.")
    objectives: list[StudyObjective] = Field(description="All of them.")
    sampler: dict[str, Any] = Field(examples=[{"name": "tpe", "n_startup_trials": 10}])
    pruner: dict[str, Any] = Field(examples=[{"name": "asha", "min_epochs": 1, "reduction_factor": 3}])
    priority: int
    max_trials: int | None
    max_concurrent_trials: int
    budget: dict[str, float] = Field(
        description="What it may spend: `hours`, `epochs`, `cpu_hours`, `gpu_hours`; what is not limited is not in it.",
        examples=[{"hours": 2, "epochs": 5000}],
    )
    spent: Spent
    saved_by_pruning: Saved
    reserved_epochs: int = Field(description="What trials that have not ended may still take.")
    notes: str
    tags: list[str] = Field(examples=[["baseline"]])
    version: int
    counts: Counts
    best: Best | None = Field(description="Null before a trial has completed, and with several objectives.")
    progress: Progress
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    test_result: TestResult | None
    warnings: list[str] = Field(description="What is doubtful about its definition or its code.", examples=[[]])
    mlflow_rejected: int = Field(description="Trials that MLflow refuses, so that it does not show them.")
    mlflow_error: str | None = Field(description="MLflow's words about one of those.")
    metrics: list[str] = Field(description="Metrics that the curves have.", examples=[["train_loss", "val_loss"]])
    confirms: Confirms | None = Field(description="Null where it confirms no study, or one that was deleted.")
    confirmations: list[str] = Field(
        description="The names of the studies that confirm this one, the first one first.",
        examples=[["digits-confirm-1"]],
    )
    confirmations_open: int = Field(description="How many of those have not ended.")
    links: StudyLinks


class CodeCheck(ResponseModel):
    """What a dry run found of the code of the user's own that a study runs."""

    passed: bool
    warnings: list[str] = Field(description="Among the study's `warnings` too.")
    reason: str = Field(description="Why it did not pass, with the line of that code; empty if it did.")
    traceback: str = Field(description="Python's, of what was raised; empty if nothing was.")


class StudyDetail(Study):
    """A study with its whole definition."""

    queue_waiting: int = Field(description="Queued configurations that no trial has had.")

    code_check: CodeCheck | None = Field(
        description="Null until it was checked, which comes before the first trial, and without code of the user's own."
    )

    definition: dict[str, Any] = Field(
        description="As submitted: the space as it was written, the study's own fields with every default filled in."
    )
    expanded_space: dict[str, Any] = Field(
        description="What the space meant when it was submitted: named spaces merged, default ranges written out, "
        "every default filled in. This is what is drawn, whatever later versions of Studyhall make of the definition."
    )
    provenance: Provenance


class TrialLinks(ResponseModel):
    """Where the trial is found."""

    self: str
    mlflow: str | None


class Trial(ResponseModel):
    """One configuration of a study and what came of it."""

    study: str = Field(description="The study's id.")
    number: int
    state: RunState
    reason: str = Field(examples=["pruned at epoch 4: 0.71, below the median 0.83 of 12 trials"])
    waits_for: str = Field(
        description="Why nothing of it trains yet; empty once something does.",
        examples=["its share is used: 3 of 3 running, priority 0 beside 2"],
    )
    value: float | None = Field(description="The objective, aggregated over the trial's runs; see `replicates`.")
    values: list[float | None] = Field(
        description="Of all objectives, in the study's order; the first is `value`. Empty where that is null."
    )
    replicates: Replication | None = Field(description="Null for a trial of one run.")
    metrics: dict[str, float]
    parameters: dict[str, Any] = Field(examples=[{"optimizer": "adamw", "optimizer.adamw.lr": 0.003}])
    distributions: dict[str, str] | None = Field(
        description="What each parameter was drawn from, in Optuna's JSON form; null in a list that did not ask for it."
    )
    queued: bool = Field(description="Whether its configuration was queued, and not proposed by the sampler.")
    infeasible: bool = Field(
        description="Whether it completed and violates a constraint, so that it is never the best."
    )
    excluded: bool = Field(description="Whether it counts for neither the ranking nor the sampler.")
    retry_of: int | None = Field(description="The number of the trial that it repeats.")
    notes: str
    tags: list[str]
    mlflow_error: str | None = Field(description="Why MLflow refuses the trial; null if it does not.")
    best: bool = Field(description="Whether this is the study's best trial so far.")
    run_ids: list[str]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    links: TrialLinks


class TrialNumbers(ResponseModel):
    """Which trials a filter chooses."""

    items: list[int] = Field(description="Their numbers, in order.", examples=[[0, 3, 4]])


class Improvements(ResponseModel):
    """Where the best value became better. The lists are equally long."""

    n_completed: list[int] = Field(description="How many trials had completed by then, the better one among them.")
    value: list[float]
    n: int = Field(description="Completed trials, those that were no better too.")


class Ranking(ResponseModel):
    """Trials, best first, and what their order tells."""

    items: list[Trial]
    answer: RankingAnswer | None = Field(description="Null while there are not two trials to compare.")


class Artifact(ResponseModel):
    """A file that a run left."""

    path: str = Field(examples=["model.pt2"])
    size: int = Field(description="Bytes.")
    media_type: str
    sha256: str
    url: str


class Artifacts(ResponseModel):
    """The files that a run left."""

    items: list[Artifact]


class RunLinks(ResponseModel):
    """Where the run's parts are found."""

    mlflow: str | None
    curves: str
    log: str


class Run(ResponseModel):
    """One training execution of a trial."""

    id: str
    study: str = Field(description="The study's id.")
    trial: int
    replicate: int
    seed: int
    fold: int | None
    state: RunState
    reason: str
    waits_for: str = Field(description="Why it does not train yet.", examples=["waits for a worker to start"])
    attempt: int = Field(
        description="1 for the first start; a failure that is tried again or a lost worker adds one. A pause, an "
        "interval of a population, a lost node or a restarted engine does not."
    )
    value: float | None
    mark: RunMark | None = Field(description="Null for a run that is like its siblings, or has none.")
    metrics: dict[str, float]
    metrics_epoch: int | None = Field(
        description="The epoch that value, metrics and artifacts are of: the objective's best, or last; null before."
    )
    epochs: int
    training_time: float = Field(description="Seconds.")
    worker: str | None
    code_hash: str = Field(description="Of the code of the user's own that it runs; empty where there is none.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    artifacts: list[Artifact]
    links: RunLinks


class Continuation(ResponseModel):
    """What a member of a population went on with after an interval."""

    epoch: int = Field(description="After which it was decided.")
    value: float | None = Field(description="What it was judged by; null where it had no value, as after divergence.")
    takes_over: bool = Field(description="Whether it goes on from the checkpoint of another member.")
    from_trial: int = Field(description="Whose checkpoint it goes on from, its own or another's.")
    from_run: str
    checkpoint: str = Field(description="The SHA-256 of that checkpoint, which its next start begins with.")
    values: dict[str, float] = Field(
        description="What varies, by its place in the config, as it holds from there on.",
        examples=[{"optimizer.lr": 0.0125}],
    )
    reason: str = Field(examples=["goes on at epoch 4 from trial 3: 0.71 against 0.93; optimizer.lr 0.01 → 0.0125"])


class Attempt(ResponseModel):
    """One start of a run on a worker."""

    attempt: int = Field(description="The number that the run then had; one that was only released keeps it.")
    worker: str
    node: str
    cpus: float
    gpus: float
    started_at: datetime
    ended_at: datetime | None
    parent_checkpoint: str | None = Field(
        description="The sha256 of the checkpoint that it could go on from; null where it began at the first step."
    )
    left_run: RunState | None = Field(description="The state in which its end left the run; WAITING goes on elsewhere.")
    reason: str = Field(description="Why it ended; empty while it has not.")


class Attempts(ResponseModel):
    """A run's starts on workers."""

    items: list[Attempt] = Field(description="In their order.")


class TrialDetail(Trial):
    """A trial with its configuration and its runs."""

    config: dict[str, Any] = Field(
        description="Complete, as `studyhall train` takes it. Of several runs, each has a seed and a fold of its own. "
        "Of a member of a population it is all that it took over and went on with: values change after some epochs."
    )
    rerun: dict[str, Any] = Field(
        description="A study of this trial alone, with the same seeds; submitted, it comes to the same value."
    )
    runs: list[Run]
    history: list[Continuation] = Field(
        description="Of a member of a population: what it went on with after each interval; empty for other trials."
    )
