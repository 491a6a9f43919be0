"""What is written is what is read."""

import math

from service.dispatch import wire
from service.study.jobs import Event, EventKind, Job, PoolKey, Resources, Resume

KEY = PoolKey(Resources(2, 0.5), "abc")


def test_job() -> None:
    job = Job(
        "r1",
        2,
        KEY,
        {"seed": 3},
        decide_every=1,
        artifacts="all",
        resume=Resume(("ff", "fe"), 10),
        code={"a.b": "c"},
        task="evaluate",
    )
    assert wire.job_from_json(wire.decode(wire.encode(wire.job_to_json(job)))) == job
    plain = Job("r1", 1, KEY, {})
    assert wire.job_from_json(wire.decode(wire.encode(wire.job_to_json(plain)))) == plain


def test_spec() -> None:
    spec = wire.WorkerSpec("w1", KEY, "/store", "/scratch", ("my_parts",))
    assert wire.spec_from_json(wire.decode(wire.encode(wire.spec_to_json(spec)))) == spec


def test_events() -> None:
    events = [Event("r1", 1, 0, EventKind.METRICS, {"rows": [[1, 1, 0.5, 0.5, {"loss": 0.25}]], "awaits": False})]
    assert wire.events_from_json(wire.decode(wire.encode({"e": wire.events_to_json(events)}))["e"]) == events


def test_infinite_metrics_pass() -> None:
    assert wire.decode(wire.encode({"loss": math.inf}))["loss"] == math.inf
