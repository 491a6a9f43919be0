"""Server-sent events: every event once, in order, resumable, and a stream that ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from service.settings import Settings
from service.storage import events as storage_events
from service.study.states import Desired, StudyState
from tests.support.api import Bench, listening

EVENTS = "/api/v1/studies/digits/events"
SEVERAL = "/api/v1/events"


def read(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    """The events of a stream, as a browser reads them."""
    event: dict[str, Any] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            event[name] = value
        elif event:
            number = int(event["id"]) if event["id"].isdigit() else event["id"]
            yield {"id": number, "kind": event["event"], "data": json.loads(event["data"])}
            event = {}


def test_a_stream_tells_what_was_and_what_comes(url: str, lab: Bench) -> None:
    study = lab.study()
    with httpx.stream("GET", url + EVENTS, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = read(answer)
        assert next(events)["data"]["change"] == "created"

        lab.set_state(study, StudyState.RUNNING, "the engine has it")

        assert next(events)["data"]["reason"] == "the engine has it"


def test_a_stream_goes_on_behind_the_last_event_that_was_seen(url: str, lab: Bench) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5, 0.4])
    total = lab.store.studies.get(study.id).version
    with httpx.stream("GET", url + EVENTS, timeout=10) as answer:
        events = read(answer)
        whole = [next(events) for _ in range(total)]

    for request in ({"headers": {"Last-Event-ID": "2"}}, {"params": {"after": 2}}):
        with httpx.stream("GET", url + EVENTS, timeout=10, **request) as answer:
            events = read(answer)
            assert [next(events) for _ in range(total - 2)] == whole[2:]

    assert [event["id"] for event in whole] == list(range(1, total + 1))
    assert {event["kind"] for event in whole} == {"study", "trial", "run", "metrics"}


def test_a_stream_begins_anew_behind_events_that_are_gone(
    url: str, lab: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = lab.study()
    lab.trial(study, 0, [0.5])
    monkeypatch.setattr(storage_events, "KEPT", 1)
    assert sum(lab.store.events.trim())
    with httpx.stream("GET", url + EVENTS, timeout=10) as answer:
        events = read(answer)
        newest = lab.store.studies.get(study.id).version
        assert next(events) == {"id": newest, "kind": "reset", "data": {}}

        lab.set_state(study, StudyState.RUNNING, "the engine has it")

        assert next(events)["id"] == newest + 1


def test_the_stream_of_a_deleted_study_ends(url: str, lab: Bench) -> None:
    study = lab.study()
    with httpx.stream("GET", url + EVENTS, timeout=20) as answer:
        events = read(answer)
        next(events)
        lab.store.desired_state.set(study.id, Desired.DELETED)
        with lab.store.transaction(lab.epoch) as tx:
            tx.delete_study(study.id)

        assert all(event["kind"] == "study" for event in events)


def test_a_stop_of_the_service_ends_open_streams(settings: Settings, lab: Bench) -> None:
    lab.study()
    with ExitStack() as stack:
        with listening(settings) as url:
            answer = stack.enter_context(httpx.stream("GET", url + EVENTS, timeout=20))
            events = read(answer)
            next(events)

        assert list(events) == []  # ended whole: a broken stream raises


def test_one_stream_tells_of_several_studies_and_says_where_to_go_on(url: str, lab: Bench) -> None:
    one, other = lab.study(), lab.study(name="other")
    with httpx.stream("GET", url + SEVERAL, params={"after": "digits:0,other:0"}, timeout=10) as answer:
        events = read(answer)
        first, second = next(events), next(events)
        assert [first["data"]["study"], second["data"]["study"]] == ["digits", "other"]
        assert (second["kind"], second["data"]["number"], second["id"]) == ("study", 1, "digits:1,other:1")

        lab.set_state(other, StudyState.RUNNING, "the engine has it")

        assert next(events)["data"]["payload"]["reason"] == "the engine has it"

    lab.set_state(one, StudyState.RUNNING, "this too")
    again = {"Last-Event-ID": "digits:1,other:2"}
    with httpx.stream("GET", url + SEVERAL, params={"after": "digits:0"}, headers=again, timeout=10) as answer:
        event = next(read(answer))
        assert (event["data"]["study"], event["data"]["number"], event["id"]) == ("digits", 2, "digits:2,other:2")


def test_a_study_that_is_gone_is_told_of_once_and_the_others_go_on(url: str, lab: Bench) -> None:
    lab.study()
    with httpx.stream("GET", url + SEVERAL, params={"after": "nope:3,digits:0"}, timeout=10) as answer:
        events = read(answer)
        assert next(events) == {"id": "digits:0", "kind": "gone", "data": {"study": "nope", "number": 0, "payload": {}}}
        assert next(events)["data"]["study"] == "digits"
    with httpx.stream("GET", url + SEVERAL, params={"after": "nope:3"}, timeout=10) as answer:
        assert [event["kind"] for event in read(answer)] == ["gone"]


def test_bad_positions_and_studies_are_refused_before_the_stream_begins(api: TestClient, lab: Bench) -> None:
    lab.study()

    assert api.get(EVENTS, headers={"Last-Event-ID": "x"}).status_code == 422
    assert api.get("/api/v1/studies/nope/events").status_code == 404
    for after in ("digits", "digits:x", "digits:²", ":3", "digits:1,", ",".join(f"s{n}:0" for n in range(51))):
        answer = api.get(SEVERAL, params={"after": after})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == "after"
