"""The way to MLflow: what goes in comes out, as a stream; and a readable answer when nobody is there.

The server behind the proxy is a small ASGI app that tells what reached it; the real one is used in the tracking tests.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from service.api.app import create_app
from service.api.routes.mlflow import OF_THE_PAGE
from service.api.routes.mlflow_page import opened_on_studies
from service.settings import Settings
from tests.support.api import listening

LARGE = 5_000_000
INDEX = b"<!doctype html><html><head><script src=main.js></script></head></html>"


async def upstream(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was asked, compressed, or with a redirect."""
    if scope["type"] != "http":
        return
    n_bytes, more = 0, True
    while more:
        message = await receive()
        n_bytes += len(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["path"].endswith("/moved"):
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", b"/mlflow/x")]})
        await send({"type": "http.response.body"})
        return
    if scope["path"] == "/mlflow/":
        shortened = {name.decode() for name, _ in scope["headers"]} & (OF_THE_PAGE - {"accept-encoding"})
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"etag", b'"1"'),
            (b"content-length", b"%d" % len(INDEX)),
        ]
        await send({"type": "http.response.start", "status": 500 if shortened else 200, "headers": headers})
        await send({"type": "http.response.body", "body": INDEX})
        return
    seen = {
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "bytes": n_bytes,
    }
    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    headers = [(b"content-encoding", b"gzip"), (b"content-type", b"application/json"), *cookies]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": gzip.compress(json.dumps(seen).encode())})


@pytest.fixture(scope="module")
def mlflow_port() -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(upstream, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(settings: Settings, mlflow_port: int) -> Iterator[httpx.Client]:
    with (
        listening(settings.model_copy(update={"mlflow_port": mlflow_port})) as url,
        httpx.Client(base_url=url, timeout=10) as client,
    ):
        yield client


def test_a_request_arrives_as_it_was_sent(page: httpx.Client, mlflow_port: int) -> None:
    answer = page.get("/mlflow/ajax-api/2.0/x%2Fy?a=1&a=%20", headers={"Cookie": "c=1; d=2", "X-Own": "1"})

    seen = answer.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("GET", "/mlflow/ajax-api/2.0/x%2Fy", "a=1&a=%20")
    assert seen["headers"]["host"] == f"127.0.0.1:{mlflow_port}"
    assert (seen["headers"]["cookie"], seen["headers"]["x-own"]) == ("c=1; d=2", "1")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_a_large_body_streams_through(page: httpx.Client) -> None:
    answer = page.post("/mlflow/upload", content=b"x" * LARGE)

    assert answer.json()["bytes"] == LARGE


def test_what_proves_who_asks_is_not_passed_on(page: httpx.Client) -> None:
    own = {"Origin": str(page.base_url), "Authorization": "Bearer t", "Cookie": "a=1; studyhall-0f1e=secret; b=2"}

    seen = page.post("/mlflow/x", headers=own).json()["headers"]

    assert (seen["cookie"], "authorization" in seen, "origin" in seen) == ("a=1; b=2", False, False)


@pytest.mark.parametrize("stated", [True, False], ids=["with its size", "without"])
def test_a_body_beyond_the_limit_is_refused(settings: Settings, mlflow_port: int, stated: bool) -> None:
    limited = settings.model_copy(update={"mlflow_port": mlflow_port, "max_upload_bytes": 300_000})
    body = b"x" * 1_000_000
    with listening(limited) as url:
        answer = httpx.put(f"{url}/mlflow/upload", content=body if stated else iter([body[:500_000]] * 2), timeout=20)
        assert httpx.put(f"{url}/mlflow/upload", content=body[:300_000], timeout=20).json()["bytes"] == 300_000

    assert answer.status_code == 413
    assert "300,000 bytes" in answer.json()["detail"]


def test_mlflow_s_page_opens_on_the_studies(page: httpx.Client) -> None:
    answer = page.get("/mlflow/", headers={"If-None-Match": '"1"', "Accept-Encoding": "gzip"})

    assert (answer.status_code, answer.text) == (200, opened_on_studies(INDEX).decode())
    assert answer.text.index("#/experiments?workflowType=machine_learning") < answer.text.index("main.js")
    assert "etag" not in answer.headers
    assert opened_on_studies(b"no head") == b"no head"


def test_redirects_are_left_to_the_browser(page: httpx.Client) -> None:
    assert page.get("/mlflow/moved").headers["location"] == "/mlflow/x"
    assert page.get("/mlflow").headers["location"] == "/mlflow/"


@pytest.fixture
def dead(settings: Settings) -> Iterator[TestClient]:
    """A service whose MLflow does not answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(settings.model_copy(update={"mlflow_port": port}))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_a_person_gets_a_page_and_a_program_a_problem_when_mlflow_is_down(dead: TestClient) -> None:
    person = dead.get("/mlflow/", headers={"Accept": "text/html,*/*"})
    program = dead.post("/mlflow/api/2.0/mlflow/runs/create", json={})

    assert (person.status_code, program.status_code) == (503, 503)
    assert "starting or down" in person.text
    assert person.headers["content-type"].startswith("text/html")
    assert program.json()["type"] == "urn:studyhall:unavailable"


def test_an_mlflow_elsewhere_is_not_proxied(api: TestClient) -> None:
    assert "without an MLflow server" in api.get("/mlflow/").json()["detail"]
