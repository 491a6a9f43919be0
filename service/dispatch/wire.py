"""The protocol between a pool and a worker: one JSON text per message, the same over pipes and over Ray.

A pool sends commands, each within an `Order` that tells the epoch of the engine that leads; a worker says `Ready` once
it is warm, and `Events` for the rest of its life. Each object of the protocol is a frozen dataclass; in JSON it carries
its name beside its fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from experiments.reporting import Decision, Report
from service.study import jobs
from service.study.jobs import Event, Job, PoolKey


@dataclass(frozen=True)
class WorkerSpec:
    """Everything a worker is told when it starts.

    ``trainer`` names the module whose ``train`` and ``evaluate`` do the work. ``scratch`` is the folder on its
    node in which it makes a directory of its own; a relative one lies in the node's place for temporary files.
    """

    id: str
    key: PoolKey
    artifacts: str
    scratch: str = "studyhall"
    components: tuple[str, ...] = ()
    trainer: str = "experiments.train"
    node: str = ""
    gpus: Mapping[int, int] = field(default_factory=dict)
    """Where it was placed, as the ledger wrote it down: the next engine's ledger reads it here."""

    def does_the_same(self, other: WorkerSpec) -> bool:
        """Whether a worker of the other specification would train any job alike, be it in another place."""
        return (self.artifacts, self.components, self.trainer) == (other.artifacts, other.components, other.trainer)


@dataclass(frozen=True)
class Submit:
    """Train this when the jobs before it have ended."""

    job: Job


@dataclass(frozen=True)
class Decide:
    """The answer to the event ``seq`` of a start."""

    run_id: str
    start: int
    seq: int
    decision: Decision


@dataclass(frozen=True)
class Stop:
    """End the run at its next batch, after a resume checkpoint if wanted."""

    run_id: str
    start: int
    checkpoint: bool


@dataclass(frozen=True)
class End:
    """End the run at its next batch, with what it has come to."""

    run_id: str
    start: int


@dataclass(frozen=True)
class Acknowledge:
    """Events up to this message are stored; the worker need not keep them."""

    number: int


@dataclass(frozen=True)
class Lead:
    """The engine still leads; said now and then, so that the worker knows."""


Command = Submit | Decide | Stop | End | Acknowledge | Lead


@dataclass(frozen=True)
class Order:
    """A command, and the epoch of the engine that gives it; those of an engine that was replaced are not obeyed."""

    epoch: int
    command: Command


@dataclass(frozen=True)
class Ready:
    """The worker is warm."""

    pid: int
    host: str


@dataclass(frozen=True)
class Events:
    """What happened, in its order; ``number`` counts these messages over the worker's life, from 1."""

    number: int
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Deposed:
    """The last message to an engine: the worker has heard another one with a higher epoch."""


@dataclass(frozen=True)
class Alive:
    """The worker lives. ``n_batches`` counts those of its run, ``memory`` is the bytes that its process holds."""

    n_batches: int
    memory: int


Message = Ready | Events | Alive | Deposed


@dataclass(frozen=True)
class HeldRun:
    """A run that a worker has, or of which it has not been acknowledged that it ended."""

    run_id: str
    start: int
    is_over: bool
    alone: bool = False
    """Whether it was promised that nothing else trains on its node meanwhile."""


@dataclass(frozen=True)
class Attached:
    """What a worker tells an engine that takes it over."""

    spec: WorkerSpec
    runs: tuple[HeldRun, ...]


VERSION = 4
"""Of this protocol. An engine ends a worker of another one."""
_NAME = "@"
_TYPES: Mapping[str, type[Any]] = {
    each.__name__: each
    for each in (
        *(WorkerSpec, Order, Submit, Decide, Stop, End, Acknowledge, Lead, Ready),
        *(Events, Alive, Deposed, HeldRun, Attached),
        *(Job, jobs.PoolKey, jobs.Resources, jobs.Resume, Event, Report),
        *(jobs.Started, jobs.Metrics, jobs.Finishing, jobs.Uploading, jobs.CheckpointStored, jobs.ArtifactStored),
        *(jobs.Log, jobs.Finished, jobs.Checked, jobs.Refused, jobs.Failed, jobs.Lost),
    )
}


def encode(message: Order | Message | WorkerSpec | Attached) -> str:
    """An object as one line of JSON. NaN and infinities pass: a metric may hold them, and both ends are Python."""
    return json.dumps(message, default=_named, separators=(",", ":"))


def decode(text: str | bytes) -> Any:
    """The object of a line."""
    return json.loads(text, object_hook=_restored)


def _named(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {_NAME: type(value).__name__} | {each.name: getattr(value, each.name) for each in fields(value)}


def _restored(document: dict[str, Any]) -> Any:
    """What is within was restored before, and passes as it is."""
    name = document.get(_NAME)
    is_ours = isinstance(name, str) and name in _TYPES
    return _adapter(str(name)).validate_python(document) if is_ours else document


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[name])
