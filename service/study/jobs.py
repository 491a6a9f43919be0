"""What the engine hands to a pool of workers, and what comes back: all of it JSON, never a closure or a pickle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from experiments.reporting import Decision, Report
from service.study.states import FailureKind


@dataclass(frozen=True)
class Resources:
    """What one run occupies while it trains."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory_gb: float = 0.0


@dataclass(frozen=True)
class Placement:
    """Where an attempt of a run trains."""

    worker: str
    node: str = ""
    resources: Resources = Resources()
    ago: float = 0.0  # seconds since it began
    alone: bool = False
    """Whether it was promised that nothing else trains there meanwhile."""


@dataclass(frozen=True)
class PoolKey:
    """Runs of one key can use the same warm worker: same resources, same files of users' own code."""

    resources: Resources
    files_hash: str = ""
    """Of the files of the user's own code, whichever of their classes a run is of; empty where it has none."""
    elsewhere: str = ""
    """The study, if its runs are trained by whoever asks for them; empty where workers train."""


SHORT_ID = 8
"""So much of a node's id tells it from the others."""


@dataclass(frozen=True)
class Reservation:
    """A node that is kept for a run which does not fit now."""

    key: PoolKey
    alone: bool
    node: str

    def __str__(self) -> str:
        """Why the run waits."""
        wanted = self.key.resources
        more = f" and {_counted(wanted.gpus, 'GPU')}" if wanted.gpus else ""
        more += f" and {wanted.memory_gb:g} GB" if wanted.memory_gb else ""
        needs = "be alone on a node" if self.alone else f"have {_counted(wanted.cpus, 'CPU')}{more}"
        node = self.node[:SHORT_ID]
        return f"its next run must {needs}: node {node} is kept for it until enough of what runs there has ended"


def _counted(n: float, noun: str) -> str:
    return f"{n:g} {noun}{'' if n == 1 else 's'}"


@dataclass(frozen=True)
class Resume:
    """Where a run goes on: its checkpoints in the artifact store, and the last step that is already recorded."""

    checkpoints: tuple[str, ...]
    """Hashes, the best first; another counts only where those before it cannot be read."""
    recorded_step: int


RunStart = tuple[str, int]
"""A run's id, and which of its starts is meant: the fence. What is heard of another start changes nothing."""


@dataclass(frozen=True)
class Job:
    """One run for a worker, in its start of that number: pauses, intervals and lost workers each lead to another one.

    ``config`` is a complete experiment config as JSON, with seed and fold. ``decide_from`` and ``decide_every`` count
    epochs or steps, as ``decide_by`` says: at those reports, and at the end, the worker waits for a decision;
    ``decide_every = 0`` waits at the end only. After the epoch ``pause_after``, if it is not 0, the run stops with a
    checkpoint as if it had been asked to stop. A report without a finite objective is nothing to judge: the next one
    that has it is waited at in its place. ``artifacts`` is ``best`` (ask at the end), ``all`` or ``none``; with
    ``best``, a run that is no better than ``must_beat`` drops its files and does not ask.
    """

    run_id: str
    start: int
    key: PoolKey
    config: Mapping[str, Any]
    decide_from: int = 1
    decide_every: int = 0
    decide_by: Literal["epoch", "step"] = "epoch"
    artifacts: str = "best"
    must_beat: float | None = None
    resume: Resume | None = None
    checkpoint_every: float = 30.0
    """Seconds between resume checkpoints."""
    code: Mapping[str, str] = field(default_factory=dict)
    """The user's own components that the study may run, as ``kind.name``, to the hash that their code must have."""
    task: str = "train"
    """``train``; ``evaluate``: measure ``resume``'s checkpoint (a best one) on the test split; or ``check``: a
    dry run, which reports nothing and ends ``Checked``."""
    alone: bool = False
    """Whether nothing else may train on its node meanwhile."""
    last_epoch: int | None = None
    """Where it ends with what it has come to, if its config goes on beyond."""
    pause_after: int = 0


class DecisionPoints:
    """At which reports of a run the worker waits for a decision: of those its job names, where there is a value.

    A decision that finds no value is due at the next report that has one. After a resumption one may be due from the
    start before, which nobody remembers; the pruner is asked once more than it need be then, and lets the run pass.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._due = job.resume is not None and job.decide_every > 0
        self._last = 0

    def awaits(self, step: int, epoch: int, *, has_value: bool) -> bool:
        """Whether the worker waits at the report of this step, which has a finite objective or has none."""
        is_named = self._is_named(step, epoch)
        due = self._due or is_named
        self._due = due and not has_value
        return due and has_value

    def _is_named(self, step: int, epoch: int) -> bool:
        """Each place is named once, by the first row that comes with it, or behind it where steps are counted."""
        job = self._job
        if not job.decide_every:
            return False
        place = step // job.decide_every * job.decide_every if job.decide_by == "step" else epoch
        is_new, self._last = place > self._last, max(place, self._last)
        return is_new and place >= job.decide_from and (place - job.decide_from) % job.decide_every == 0


@dataclass(frozen=True)
class Started:
    """The worker has begun with it."""

    worker: str
    pid: int
    host: str
    ago: float = 0.0  # seconds before the run's end, or before its message was closed


@dataclass(frozen=True)
class Metrics:
    """Rows of the curve. ``awaits``: the worker waits for a decision on the last one."""

    rows: tuple[Report, ...]
    awaits: bool = False


@dataclass(frozen=True)
class Finishing:
    """The training is over, and these are the metrics of the judged epoch; the worker awaits KEEP or DROP."""

    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Uploading:
    """A resume checkpoint is on its way to the artifact store, or it was."""

    ended: bool


@dataclass(frozen=True)
class CheckpointStored:
    """The artifact store has a resume checkpoint; ``step`` is the last reported step that it contains."""

    sha256: str
    size: int
    step: int


@dataclass(frozen=True)
class ArtifactStored:
    """The artifact store has a file of the run."""

    path: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True)
class Log:
    """Whole lines of the run's log."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The run came to an end of its own, or to the one it was asked for: a ``Result``, but for its artifacts."""

    metrics: Mapping[str, float]
    metrics_epoch: int | None
    epochs: int
    steps: int
    training_time: float
    ended: Decision = Decision.CONTINUE
    reason: str = ""
    n_parameters: int = 0
    data_hash: str = ""


@dataclass(frozen=True)
class Checked:
    """A dry run came to its end."""

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The worker has loaded other code than the job wants, and trained nothing."""

    message: str


@dataclass(frozen=True)
class Failed:
    """The training raised."""

    failure: FailureKind
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Lost:
    """Said by the pool, for a worker that is gone."""

    failure: FailureKind
    message: str


Ending = Finished | Checked | Refused | Failed | Lost
"""After one of these, nothing more comes of that start."""
Payload = Started | Metrics | Finishing | Uploading | CheckpointStored | ArtifactStored | Log | Ending


@dataclass(frozen=True)
class Event:
    """One message about one start of a run; ``seq`` counts from 0 within it."""

    run_id: str
    start: int
    seq: int
    payload: Payload

    @property
    def kind(self) -> type[Payload]:
        """What the worker has to say."""
        return type(self.payload)

    @property
    def is_last(self) -> bool:
        """Whether nothing more comes of that start."""
        return isinstance(self.payload, Ending)


@dataclass(frozen=True)
class WorkerInfo:
    """A worker as users see it."""

    id: str
    key: PoolKey
    state: str
    """``starting``, ``idle`` or ``busy``."""
    pid: int | None = None
    host: str = ""
    run_id: str | None = None


class Pool(Protocol):
    """Warm workers that train runs. All methods are called from one event loop."""

    async def start(self, epoch: int) -> None:
        """Make the pool usable; a few warm workers of the default key begin to start.

        From now on workers obey the engine with this epoch, and none with a lower one.
        """
        ...

    def adopted(self) -> Collection[RunStart]:
        """Runs that workers have from an engine before this one, with their starts; nothing is heard of them yet.

        Several workers may tell of one run: of a start that is over, or was lost, and of a later one.
        """
        ...

    def claim(self, starts: Collection[RunStart]) -> None:
        """Go on with these of the adopted runs; a worker that trains another one is ended."""
        ...

    def can_start(self, key: PoolKey, *, alone: bool = False) -> bool:
        """Whether a job of this key would be placed at once or as soon as a worker for it is warm.

        It counts what is granted, so the engine asks again after each submit. An idle worker of another key counts as
        room: it is retired when the job comes.
        """
        ...

    def reserve(self, key: PoolKey | None, *, alone: bool = False) -> Reservation | None:
        """Keep room for a run that cannot start now, if smaller ones could take it; for one run at a time.

        What is kept comes back; nothing where what comes free fits everybody alike. Without a key nothing is kept any
        more.
        """
        ...

    def trouble(self) -> str:
        """What is wrong with nodes that are given nothing for now; empty if nothing is."""
        ...

    def share(self, key: PoolKey) -> float:
        """What part of the cluster a run of this key holds: of the CPUs or of the GPUs, whichever is more."""
        ...

    def shortage(self, key: PoolKey, *, alone: bool = False, n_own: int = 0) -> str:
        """What a run of this key needs that is not free: ``needs 1 GPU, none is free``; empty if it could start.

        ``n_own`` workers train its own study.
        """
        ...

    def never_fits(self, key: PoolKey) -> str | None:
        """The reason why the cluster could never hold a run of this key, or nothing."""
        ...

    async def submit(self, job: Job) -> None:
        """Place a job; what becomes of it arrives as events, ending in exactly one terminal event."""
        ...

    async def decide(self, run_id: str, start: int, seq: int, decision: Decision) -> None:
        """Answer the event ``seq`` of a run that awaits a decision."""
        ...

    async def stop(self, run_id: str, *, checkpoint: bool) -> None:
        """Ask a run to end at its next batch, after a resume checkpoint if wanted; it FINISHES, ``ended: stop``."""
        ...

    async def end(self, run_id: str) -> None:
        """Ask a run to end at its next batch with what it has come to; it FINISHES, ``ended: end``."""
        ...

    async def kill(self, run_id: str) -> None:
        """End the run's worker at once; the run is LOST."""
        ...

    def events(self) -> AsyncIterator[Sequence[Event]]:
        """All workers' events, in the order in which each worker sent them.

        A batch without any says that there may be room where there was none: a node has come, or a worker has gone.
        What is not acknowledged is said again to the next engine: it may have been stored, or not.
        """
        ...

    def handed_over(self) -> Mapping[str, int]:
        """Which of each worker's messages was passed on last, where that was not acknowledged.

        Whoever reads ``events`` has passed on what it got as soon as it asks for more.
        """
        ...

    def acknowledge(self, messages: Mapping[str, int]) -> None:
        """What these messages, and those before, told is stored: the workers need not keep them."""
        ...

    def retire(self, key: PoolKey) -> None:
        """End the idle workers of a key that nothing will ask for again."""
        ...

    def workers(self) -> Sequence[WorkerInfo]:
        """Every worker there is now."""
        ...

    async def close(self) -> None:
        """End every worker, and whatever the pool itself started."""
        ...

    async def leave(self) -> None:
        """Let go of the workers as they are, for the next engine; what cannot outlive this one is ended."""
        ...
