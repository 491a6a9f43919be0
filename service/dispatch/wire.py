"""The protocol between a pool and a worker: one JSON text per message, the same over pipes and over Ray.

A pool sends commands: ``{"submit": job}``, ``{"decide": [run_id, attempt, seq, decision]}`` and
``{"stop": [run_id, attempt, checkpoint]}``. A worker sends ``{"ready": {"pid", "host"}}`` once it is warm, and then
``{"events": [[run_id, attempt, seq, kind, payload], …]}`` for the rest of its life.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from service.study.jobs import Event, EventKind, Job, PoolKey, Resources, Resume


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


def encode(message: Mapping[str, Any]) -> str:
    """A message as one line of JSON. NaN and infinities pass: a metric may hold them, and both ends are Python."""
    return json.dumps(message, separators=(",", ":"))


def decode(text: str | bytes) -> dict[str, Any]:
    """The message of a line."""
    message: dict[str, Any] = json.loads(text)
    return message


def job_to_json(job: Job) -> dict[str, Any]:
    """A job as JSON."""
    return asdict(job)


def job_from_json(document: Mapping[str, Any]) -> Job:
    """The job that ``job_to_json`` wrote."""
    resume = document["resume"] and Resume(
        tuple(document["resume"]["checkpoints"]), document["resume"]["recorded_step"]
    )
    fields = {**document, "key": key_from_json(document["key"]), "resume": resume}
    return Job(**fields)


def key_from_json(document: Mapping[str, Any]) -> PoolKey:
    """A pool's key from its JSON form."""
    return PoolKey(Resources(**document["resources"]), document["files_hash"])


def spec_to_json(spec: WorkerSpec) -> dict[str, Any]:
    """A worker's specification as JSON."""
    return asdict(spec)


def spec_from_json(document: Mapping[str, Any]) -> WorkerSpec:
    """The specification that ``spec_to_json`` wrote."""
    fields = {**document, "key": key_from_json(document["key"]), "components": tuple(document["components"])}
    return WorkerSpec(**fields)


def events_to_json(events: Sequence[Event]) -> list[list[Any]]:
    """Events as JSON rows."""
    return [[event.run_id, event.attempt, event.seq, event.kind, event.payload] for event in events]


def events_from_json(rows: Sequence[Sequence[Any]]) -> list[Event]:
    """The events that ``events_to_json`` wrote."""
    return [Event(run_id, attempt, seq, EventKind(kind), payload) for run_id, attempt, seq, kind, payload in rows]
