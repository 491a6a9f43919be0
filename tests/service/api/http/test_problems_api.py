"""Refusals are problem documents, whatever refuses."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message

from service.access import Access
from service.api.http import problems
from service.api.http.middleware import Guard
from service.errors import (
    ArtifactNotFound,
    BodyTooLarge,
    Conflict,
    IllegalTransition,
    Invalid,
    NameTaken,
    NotFound,
    ServiceError,
    TokenRequired,
    Unavailable,
)
from service.settings import Settings
from tests.support.api import STUDY, Bench

STUDIES = "/api/v1/studies"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TokenRequired(), 401),
        (problems.OriginRefused(), 403),
        (NotFound(), 404),
        (ArtifactNotFound(), 404),
        (Conflict(), 409),
        (IllegalTransition(), 409),
        (NameTaken("a", "a-2"), 409),
        (BodyTooLarge(10), 413),
        (problems.UnsupportedMediaType(), 415),
        (problems.HostRefused(), 421),
        (Invalid(), 422),
        (Unavailable(), 503),
        (ServiceError(), 500),
    ],
)
def test_an_error_has_the_status_of_its_kind(error: ServiceError, status: int) -> None:
    answer = problems.respond(error)

    assert (answer.status_code, answer.media_type) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/nothing", 404),
        ("PUT", STUDIES, 405),
        ("GET", f"{STUDIES}?limit=0", 422),
        ("GET", f"{STUDIES}?state=LOST", 422),
        ("POST", f"{STUDIES}/x:explode", 405),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(api: TestClient, method: str, path: str, status: int) -> None:
    answer = api.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_an_unexpected_error_does_not_show_its_inside() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def fail() -> None:
        raise RuntimeError("secret")

    answer = TestClient(app, raise_server_exceptions=False).get("/")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["title"] == "Internal error"


def test_a_body_of_50_megabytes_is_refused(url: str) -> None:
    body = b" " * 50_000_000
    answer = httpx.post(f"{url}{STUDIES}", content=body, headers={"Content-Type": "application/json"}, timeout=20)

    assert answer.status_code == 413
    assert "2,000,000 bytes" in answer.json()["detail"]


async def test_a_body_that_tells_its_size_is_refused_without_being_read() -> None:
    async def unreachable(*_: object) -> Message:
        raise AssertionError("nothing may be read, and no route be asked")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-length", b"2000001")]
    scope = {"type": "http", "scheme": "http", "path": STUDIES, "method": "POST", "headers": headers}
    await Guard(unreachable, Access.from_settings(Settings()), 2_000_000, 2_000_000)(scope, unreachable, send)

    assert sent[0]["status"] == 413


def test_a_body_that_does_not_tell_its_size_is_refused_once_it_is_too_large(url: str) -> None:
    answer = httpx.post(
        f"{url}{STUDIES}",
        content=(b" " * 500_000 for _ in range(10)),
        headers={"Content-Type": "application/json"},
        timeout=20,
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
def test_a_body_of_another_kind_is_refused(api: TestClient, media_type: str) -> None:
    answer = api.post(STUDIES, content="{}", headers={"Content-Type": media_type})

    assert answer.status_code == 415
    assert "application/json or application/yaml" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_is_refused(api: TestClient, host: str) -> None:
    answer = api.get("/healthz", headers={"Host": host})

    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:1", "127.1.2.3", "[::1]:8765"])
def test_loopback_hosts_are_answered(api: TestClient, host: str) -> None:
    assert api.get("/healthz", headers={"Host": host}).status_code == 200


YAML_FILE = """# what is asked
name: sent-with-curl
experiment: digits-mlp
space: {optimizer: {choice: [adamw, sgd]}}   # two
max_trials: 2
"""
WITHOUT_BREAKS = YAML_FILE.replace("\n", "")  # as curl's -d sends a file


@pytest.mark.parametrize(
    ("media_type", "body", "cause"),
    [
        ("application/x-www-form-urlencoded", WITHOUT_BREAKS, "curl's -d"),
        ("multipart/form-data; boundary=x", "--x\r\n\r\na: 1\r\n--x--", "not in a form"),
        ("text/plain", YAML_FILE, "with a file"),
        ("", YAML_FILE, "with a file"),
        ("application/yaml", WITHOUT_BREAKS, "line breaks are lost"),
        ("application/yaml", WITHOUT_BREAKS.removeprefix("# what is asked"), "line breaks are lost"),
        ("application/yaml", "name: x# alone", "line breaks are lost"),
        ("application/yaml", "name: x # and what is asked experiment: digits-mlp", "line breaks are lost"),
        ("application/json", YAML_FILE.removeprefix("# what is asked\n"), "if it is YAML"),
    ],
)
@pytest.mark.parametrize("path", [STUDIES, f"{STUDIES}:validate"])
def test_a_file_that_was_sent_the_wrong_way_is_recognized(
    api: TestClient, path: str, media_type: str, body: str, cause: str
) -> None:
    problem = api.post(path, content=body, headers={"Content-Type": media_type}).json()

    assert problem["status"] in {415, 422}
    assert cause in problem["detail"]
    assert problem["detail"].endswith("write curl --data-binary @FILE -H 'Content-Type: application/yaml'")
    assert api.get(STUDIES).json()["items"] == []


def test_a_file_sent_whole_and_a_line_of_flow_are_read(api: TestClient) -> None:
    line = "{name: one-line, experiment: digits-mlp, space: {optimizer: sgd}, max_trials: 1}"
    for body in (YAML_FILE, line):
        answer = api.post(STUDIES, content=body, headers={"Content-Type": "application/yaml"})
        assert answer.status_code == 201, answer.json()
    bad = api.post(STUDIES, content="{name: [}", headers={"Content-Type": "application/yaml"}).json()
    assert "curl" not in bad["detail"]


def test_a_single_line_that_is_no_definition_may_have_a_comment(api: TestClient, lab: Bench) -> None:
    lab.study(name="digits")
    headers = {"Content-Type": "application/yaml"}

    changed = api.patch(f"{STUDIES}/digits", content='notes: "see #4"  # and #5', headers=headers)
    drawn = api.post("/api/v1/schedules:preview", content="schedule: cosine  # try it", headers=headers)

    assert changed.json()["notes"] == "see #4"
    assert drawn.status_code == 200, drawn.json()


def test_a_problem_is_described_in_the_openapi_document(api: TestClient) -> None:
    schema = api.get("/api/v1/openapi.json").json()["components"]["schemas"]["Problem"]
    answer = api.post(STUDIES, json={**STUDY, "experiment": "digits-mpl"}).json()

    assert set(schema["required"]) <= answer.keys() | {"taken_name", "free_name"}
