"""Signing in: the token for a cookie that does not contain it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.api.app import create_app
from service.api.http import sessions
from service.settings import Settings
from tests.support.api import STUDY, Bench

STUDIES = "/api/v1/studies"
TOKEN = "b9d1c2e0f4a35768"  # of this test alone


@pytest.fixture
def page(settings: Settings) -> Iterator[TestClient]:
    """A browser in front of a service that wants a token."""
    app = create_app(settings.model_copy(update={"token": type(settings.token)(TOKEN)}))
    with TestClient(app, base_url="http://127.0.0.1", headers={"Origin": "http://127.0.0.1"}) as client:
        yield client


def sign_in(page: TestClient, token: str = TOKEN) -> str:
    answer = page.post(sessions.SESSION, json={"token": token})
    assert answer.status_code == 204, answer.text
    return str(answer.headers["set-cookie"])


def test_after_signing_in_everything_can_be_reached_by_link(page: TestClient, lab: Bench) -> None:
    run = lab.trial(lab.study(), 0, [0.5])
    lab.artifact(run, "model.pt2", b"bytes", "application/octet-stream")
    page.app.state.closing.close()  # type: ignore[attr-defined]  # the stream ends
    links = (STUDIES, f"{STUDIES}/digits/events", f"/api/v1/runs/{run.id}/artifacts/model.pt2", "/api/docs")
    assert {page.get(link).status_code for link in links} == {401}

    sign_in(page)

    assert {page.get(link).status_code for link in links} == {200}
    assert page.get("/mlflow/").status_code == 503  # no MLflow runs here, and it is asked
    assert page.post(f"{STUDIES}:validate", json=STUDY).status_code == 200
    assert page.post(f"{STUDIES}:validate", json=STUDY, headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_cookie_is_for_this_site_s_requests_alone_and_does_not_hold_the_token(page: TestClient) -> None:
    cookie = sign_in(page)

    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie.lower()
    assert TOKEN not in cookie


def test_the_cookie_of_a_page_behind_tls_never_travels_without(settings: Settings) -> None:
    changes = {"token": type(settings.token)(TOKEN), "public_url": "https://studies.example"}
    with TestClient(create_app(settings.model_copy(update=changes)), base_url="http://studies.example") as page:
        assert "Secure" in sign_in(page)


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN} ", "ключ"])
def test_another_token_signs_nobody_in(page: TestClient, token: str) -> None:
    answer = page.post(
        sessions.SESSION, content=f'{{"token": "{token}"}}'.encode(), headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


def test_what_is_sent_is_not_said_back(page: TestClient) -> None:
    for body in ({"token": ["my-secret"]}, {"tokn": "my-secret"}, ["my-secret"]):
        answer = page.post(sessions.SESSION, json=body)
        assert answer.status_code == 422
        assert "my-secret" not in answer.text
    half = page.post(
        sessions.SESSION, content=rb'{"token": "my-secret\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert (half.status_code, "my-secret" in half.text) == (422, False)


def test_a_cookie_ends_and_cannot_be_made_without_the_token(page: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sessions.new_session(TOKEN)
    name = sessions.session_cookie(TOKEN)
    end, _, mark = made.partition(".")

    def status(value: str) -> int:
        page.cookies.clear()
        return page.get(STUDIES, headers={"Cookie": f"{name}={value}"}).status_code

    assert status(made) == 200
    others = sessions.new_session("other")
    forged = ("", ".", f"{int(end) + 1}.{mark}", f"{end}.{mark[:-1]}", others, f"x.{mark}", TOKEN)
    assert {status(value) for value in forged} == {401}
    monkeypatch.setattr(sessions.time, "time", lambda: float(end))
    assert status(made) == 401


def test_a_service_without_a_token_has_nothing_to_sign_in_to(api: TestClient) -> None:
    answer = api.post(sessions.SESSION, json={"token": "any"})

    assert (answer.status_code, "set-cookie" in answer.headers) == (204, False)
