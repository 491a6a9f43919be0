"""What the API refuses before any route is asked: other origins' pages, foreign hosts, and whoever has no token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.api.app import create_app
from service.errors import Invalid
from service.settings import Settings
from service.study.states import Desired, StudyState
from tests.support.api import STUDY, Bench

STUDIES = "/api/v1/studies"
OWN = "http://127.0.0.1"
TOKEN = "b9d1c2e0f4a35768"  # of this test alone
WRITES = [
    ("POST", STUDIES),
    ("POST", f"{STUDIES}:validate"),
    ("PATCH", f"{STUDIES}/digits"),
    ("DELETE", f"{STUDIES}/digits"),
    ("POST", f"{STUDIES}/digits:stop"),
    ("POST", "/api/v1/schedules:preview"),
    ("POST", "/api/v1/session"),
    ("PUT", STUDIES),
    ("POST", "/mlflow/api/2.0/mlflow/experiments/create"),
    ("DELETE", "/mlflow/x"),
]
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8766"},
    {"Origin": "https://127.0.0.1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "127.0.0.1"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
]


def test_a_page_of_another_origin_writes_nothing(api: TestClient) -> None:
    for method, path in WRITES:
        for headers in FOREIGN:
            answer = api.request(method, path, headers=headers, json={})
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:studyhall:origin-refused"), (path, headers)


def test_a_page_of_another_origin_stops_no_study(api: TestClient, lab: Bench) -> None:
    lab.set_state(lab.study(), StudyState.RUNNING)

    api.post(f"{STUDIES}/digits:stop", headers={"Origin": "http://evil.example"})

    assert lab.store.studies.get("digits").desired is Desired.RUNNING


def test_programs_and_our_own_page_write(api: TestClient) -> None:
    for headers in (
        {},
        {"Origin": OWN},
        {"Origin": "http://127.0.0.1:80"},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:8765", "Host": "localhost:8765"},
        {"Origin": "http://[::1]:8765", "Host": "[::1]:8765"},
    ):
        assert api.post(f"{STUDIES}:validate", headers=headers, json=STUDY).status_code == 200, headers


def test_behind_a_proxy_the_public_address_is_the_own_origin(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://studies.example"}))
    with TestClient(app, base_url=OWN) as api:
        public = {"Origin": "https://studies.example"}
        assert api.post(f"{STUDIES}:validate", headers=public, json=STUDY).status_code == 200
        assert api.post(f"{STUDIES}:validate", headers={"Host": "studies.example"}, json=STUDY).status_code == 200
        other = {"Origin": "https://studies.example:444"}
        assert api.post(f"{STUDIES}:validate", headers=other, json=STUDY).status_code == 403


def test_no_other_origin_is_let_in_by_cors(api: TestClient) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}

    for method in ("GET", "OPTIONS"):
        for path in (STUDIES, "/mlflow/"):
            answer = api.request(method, path, headers=asked)
            assert not [name for name in answer.headers if name.startswith("access-control")]


def test_other_origins_may_link_to_mlflow_and_ask_it_nothing(api: TestClient) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

    for headers in (link, {"Sec-Fetch-Site": "same-origin"}, {"Origin": OWN}, {}):
        assert api.get("/mlflow/", headers=headers).status_code == 503, headers  # there is no MLflow here
    for headers in (
        {"Origin": "http://localhost:1"},
        {**link, "Sec-Fetch-Dest": "iframe"},
        {**link, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    ):
        assert api.get("/mlflow/", headers=headers).status_code == 403, headers
    assert api.post("/mlflow/x", headers=link).status_code == 403


def test_no_other_origin_puts_a_page_into_a_frame(api: TestClient) -> None:
    assert api.get("/").headers["x-frame-options"] == "SAMEORIGIN"
    assert api.get("/mlflow/").headers["x-frame-options"] == "SAMEORIGIN"


def test_the_page_may_run_its_own_scripts_alone(api: TestClient) -> None:
    policy = dict(
        part.split(" ", 1) for part in api.get("/studies/digits").headers["content-security-policy"].split("; ")
    )
    assert (policy["default-src"], policy["script-src"], policy["object-src"]) == ("'self'", "'self'", "'none'")
    for other in ("/api/docs", "/mlflow/"):  # whose pages have scripts of their own
        assert "content-security-policy" not in api.get(other).headers


OPEN = {"allowed_hosts": "studies.example, 10.0.0.7:8765", "token": TOKEN}


def opened(settings: Settings, **changes: object) -> Settings:
    """The settings, listening off loopback."""
    return Settings(home=settings.home, mlflow_port=0, **{"host": "0.0.0.0", **OPEN, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_the_host_is_checked_wherever_the_api_listens(settings: Settings, host: str) -> None:
    with TestClient(create_app(opened(settings, host=host)), base_url=OWN) as api:
        for name in (
            "studies.example",
            "STUDIES.example:8765",
            "10.0.0.7:8765",
            "127.0.0.1:8765",
            "localhost",
            "[::1]",
        ):
            assert api.get("/healthz", headers={"Host": name}).status_code == 200, name
        for name in ("10.0.0.7:8766", "evil.example", "studies.example.evil.example", "x@127.0.0.1", "", host):
            assert api.get("/healthz", headers={"Host": name}).status_code == 421, name


@pytest.fixture
def guarded(settings: Settings) -> Iterator[TestClient]:
    """An API that wants a token, asked under the name of its allow-list."""
    with TestClient(create_app(opened(settings)), base_url="http://studies.example") as client:
        yield client


PROTECTED = [
    ("GET", STUDIES),
    ("POST", STUDIES),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/docs"),
    ("GET", "/api/v1/nothing"),
    ("GET", "/mlflow/"),
    ("GET", "/mlflow"),
    ("POST", "/mlflow/api/2.0/mlflow/runs/create"),
    ("DELETE", "/api/v1/session"),
]


def test_without_the_token_nothing_is_told(guarded: TestClient) -> None:
    wrong = [b"Bearer wrong", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ü".encode()]

    for method, path in PROTECTED:
        for headers in ({}, *({"Authorization": one} for one in wrong)):
            answer = guarded.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (401, "urn:studyhall:token-required"), (path, headers)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "STUDYHALL_TOKEN" in answer.json()["detail"]


def test_with_the_token_everything_is_as_without_one(guarded: TestClient) -> None:
    headers = {"Authorization": f"bearer {TOKEN}"}

    assert guarded.post(STUDIES, json=STUDY, headers=headers).status_code == 201
    assert guarded.get("/mlflow/", headers=headers).status_code == 503
    assert guarded.get("/api/docs", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/studies/digits"])
def test_health_and_the_page_itself_are_open(guarded: TestClient, path: str) -> None:
    assert guarded.get(path, headers={"Accept": "text/html"}).status_code != 401


def test_a_person_is_led_to_the_sign_in(guarded: TestClient) -> None:
    answer = guarded.get("/mlflow/", headers={"Accept": "text/html,*/*"})

    assert answer.status_code == 401
    assert 'href="/"' in answer.text


def test_on_loopback_a_token_that_is_set_is_wanted_too(settings: Settings) -> None:
    with TestClient(create_app(opened(settings, host="127.0.0.1")), base_url=OWN) as api:
        assert api.get(STUDIES).status_code == 401


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"allowed_hosts": ""}, ("STUDYHALL_ALLOWED_HOSTS", "STUDYHALL_HOST=127.0.0.1")),
        ({"token": ""}, ("STUDYHALL_TOKEN", "openssl rand -hex 32")),
        ({"host": "::", "token": ""}, ("STUDYHALL_TOKEN",)),
        ({"host": "10.0.0.7", "token": ""}, ("STUDYHALL_TOKEN",)),
        ({"host": "studies.example", "allowed_hosts": "  ,"}, ("STUDYHALL_ALLOWED_HOSTS",)),
        ({"allowed_hosts": "*"}, ("STUDYHALL_ALLOWED_HOSTS", "'*'")),
        ({"allowed_hosts": "https://studies.example"}, ("STUDYHALL_ALLOWED_HOSTS", "studies.example")),
        ({"allowed_hosts": "studies.example:99999"}, ("STUDYHALL_ALLOWED_HOSTS", "'studies.example:99999'")),
        ({"allowed_hosts": "[10.0.0.7]"}, ("STUDYHALL_ALLOWED_HOSTS", "'[10.0.0.7]'")),
        ({"allowed_hosts": "face:b00c"}, ("STUDYHALL_ALLOWED_HOSTS", "'face:b00c'")),
        ({"token": "two words"}, ("STUDYHALL_TOKEN",)),
        ({"token": "ключ"}, ("STUDYHALL_TOKEN",)),
        ({"token_file": "/etc/hostname"}, ("STUDYHALL_TOKEN_FILE", "not both")),
        ({"token": "", "token_file": "/no/such/file"}, ("STUDYHALL_TOKEN_FILE", "/no/such/file")),
        ({"public_url": "https://studies.example:99999"}, ("STUDYHALL_PUBLIC_URL", "https://")),
    ],
    ids=str,
)
def test_a_way_to_open_the_api_that_is_not_safe_is_refused_with_the_remedy(
    settings: Settings, changes: dict[str, str], words: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as caught:
        create_app(opened(settings, **changes))

    assert [word for word in words if word not in str(caught.value)] == []
    assert "two words" not in str(caught.value)
