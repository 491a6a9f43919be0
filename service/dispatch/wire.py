"""The protocol between a pool and a worker: one JSON text per message, the same over pipes and over Ray.

A pool sends commands, a worker `Ready` once it is warm, and `Events` for the rest of its life. Each object of the
protocol is a frozen dataclass; in JSON it carries its name beside its fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from experiments.reporting import Decision, Report
from service.study import jobs
from service.study.jobs import Event, Job, PoolKey


@dataclass(frozen=True)
class WorkerSpec:
    """Everything a worker is told when it starts.

    ``trainer`` names the module whose ``train`` and ``evaluate`` do the work. ``scratch`` is the directory that holds
    the temporary directories of its runs; empty for a new one in the system's place for temporary files.
    """

    id: str
    key: PoolKey
    artifacts: str
    scratch: str = ""
    components: tuple[str, ...] = ()
    trainer: str = "experiments.train"


@dataclass(frozen=True)
class Submit:
    """Train this when the jobs before it have ended."""

    job: Job


@dataclass(frozen=True)
class Decide:
    """The answer to the event ``seq`` of an attempt."""

    run_id: str
    attempt: int
    seq: int
    decision: Decision


@dataclass(frozen=True)
class Stop:
    """End the attempt at its next batch, after a resume checkpoint if wanted."""

    run_id: str
    attempt: int
    checkpoint: bool


Command = Submit | Decide | Stop


@dataclass(frozen=True)
class Ready:
    """The worker is warm."""

    pid: int
    host: str


@dataclass(frozen=True)
class Events:
    """What happened, in its order."""

    events: tuple[Event, ...]


@dataclass(frozen=True)
class Alive:
    """The worker lives. ``n_batches`` counts those of its attempt, ``memory`` is the bytes that its process holds."""

    n_batches: int
    memory: int


Message = Ready | Events | Alive

_NAME = "@"
_TYPES: Mapping[str, type[Any]] = {
    each.__name__: each
    for each in (
        *(WorkerSpec, Submit, Decide, Stop, Ready, Events, Alive),
        *(Job, jobs.PoolKey, jobs.Resources, jobs.Resume, Event, Report),
        *(jobs.Started, jobs.Metrics, jobs.Finishing, jobs.Uploading, jobs.CheckpointStored, jobs.ArtifactStored),
        *(jobs.Log, jobs.Finished, jobs.Checked, jobs.Refused, jobs.Failed, jobs.Lost),
    )
}


def encode(message: Command | Message | WorkerSpec) -> str:
    """An object as one line of JSON. NaN and infinities pass: a metric may hold them, and both ends are Python."""
    return json.dumps(message, default=_named, separators=(",", ":"))


def decode(text: str | bytes) -> Any:
    """The object of a line."""
    return json.loads(text, object_hook=_restored)


def _named(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {_NAME: type(value).__name__} | {field.name: getattr(value, field.name) for field in fields(value)}


def _restored(document: dict[str, Any]) -> Any:
    """What is within was restored before, and passes as it is."""
    name = document.get(_NAME)
    is_ours = isinstance(name, str) and name in _TYPES
    return _adapter(str(name)).validate_python(document) if is_ours else document


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[name])
