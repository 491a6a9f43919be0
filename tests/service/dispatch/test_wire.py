"""What is written is what is read."""

import math

import pytest

from experiments.reporting import Decision, Report
from service.dispatch import wire
from service.study import jobs
from service.study.jobs import Event, Job, PoolKey, Resources, Resume
from service.study.states import FailureKind

KEY = PoolKey(Resources(2, 0.5), "abc")
JOB = Job(
    "r1",
    2,
    KEY,
    {"seed": 3, "model": {"sizes": [1, 2]}},
    decide_every=1,
    artifacts="all",
    resume=Resume(("ff", "fe"), 10),
    code={"a.b": "c"},
    task="evaluate",
)
PAYLOADS = (
    jobs.Started("w1", 7, "here"),
    jobs.Metrics((Report(1, 1, 0.5, 0.5, {"loss": math.inf}),), awaits=True),
    jobs.Finishing({"loss": 0.25}),
    jobs.Uploading(ended=False),
    jobs.CheckpointStored("ff", 3, 10),
    jobs.ArtifactStored("a.txt", "ff", 3, "text/plain"),
    jobs.Log("a line\n"),
    jobs.Finished({"loss": 0.25}, 1, 1, 10, 0.5, Decision.STOP),
    jobs.Checked(("doubtful",)),
    jobs.Refused("other code"),
    jobs.Failed(FailureKind.DIVERGED, "nan", "Traceback"),
    jobs.Lost(FailureKind.WORKER_LOST, "gone"),
)


@pytest.mark.parametrize(
    "message",
    [
        wire.WorkerSpec("w1", KEY, "/store", "/scratch", ("my_parts",)),
        wire.Order(3, wire.Submit(JOB)),
        wire.Order(3, wire.Submit(Job("r1", 1, KEY, {}))),
        wire.Order(3, wire.Decide("r1", 1, 3, Decision.PRUNE)),
        wire.Order(3, wire.Stop("r1", 1, checkpoint=True)),
        wire.Order(3, wire.End("r1", 1)),
        wire.Order(3, wire.Acknowledge(7)),
        wire.Order(3, wire.Lead()),
        wire.Deposed(),
        wire.Attached(
            wire.WorkerSpec("w1", KEY, "/store", "scratch", gpus={1: 5000}),
            (wire.HeldRun("r1", 3, is_over=False, alone=True),),
        ),
        wire.Ready(7, "here"),
        wire.Events(7, tuple(Event("r1", 1, seq, payload) for seq, payload in enumerate(PAYLOADS))),
    ],
    ids=lambda message: type(getattr(message, "command", message)).__name__,
)
def test_what_is_sent_is_what_arrives(message: wire.Order | wire.Message | wire.WorkerSpec | wire.Attached) -> None:
    assert wire.decode(wire.encode(message)) == message


def test_what_was_not_measured_as_a_number_passes() -> None:
    event = Event("r1", 1, 0, jobs.Finishing({"loss": math.nan}))
    (arrived,) = wire.decode(wire.encode(wire.Events(1, (event,)))).events
    assert math.isnan(arrived.payload.metrics["loss"])


def test_every_payload_has_its_name_on_the_wire() -> None:
    """One that were forgotten would arrive as a mapping."""
    assert {type(payload) for payload in PAYLOADS} == set(jobs.Payload.__args__)
