"""The page in a real browser, on a real service with a store that was filled like the engine fills it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pydantic import SecretStr

from service.api.__main__ import Server
from service.api.app import create_app
from service.api.routes.dashboard import DIST
from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.db.database import open_database
from service.storage.migrations import migrate
from service.storage.store import Store
from service.study.records import Study
from service.study.states import RunState, StudyState
from tests.browser import chromium
from tests.browser.filling import Filler

HERE = Path(__file__).parent
_OPEN = ExitStack()


@dataclass
class Service:
    """A running service: its address, and the engine's side of its store."""

    url: str
    filler: Filler
    study: Study | None = None


@contextmanager
def served(directory: Path, token: str = "") -> Iterator[Service]:
    """The API on an empty SQLite store in ``directory``."""
    settings = Settings(home=directory, host="127.0.0.1", token=SecretStr(token))
    migrate(settings.database)
    database = open_database(settings.database)
    app = create_app(settings)
    server = Server(uvicorn.Config(app, lifespan="on", log_level="warning", ws="none"), app.state.closing)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            filler = Filler(Store(database), ArtifactStore(settings.artifacts))
            yield Service(f"http://127.0.0.1:{listening.getsockname()[1]}", filler)
        finally:
            server.should_exit = True
            thread.join()
            database.dispose()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the finished study ``digits``: 30 trials, of which 20 completed, 9 were pruned and one failed."""
    directory = tmp_path_factory.mktemp("service")
    with served(directory) as found:
        study = found.study = found.filler.submit()
        pruned = dict.fromkeys(range(8, 26, 2), RunState.PRUNED)
        ends = dict.fromkeys(range(30), RunState.COMPLETED) | pruned | {5: RunState.FAILED}
        found.filler.trials(study, ends)
        found.filler.picture(study, 3, directory)
        found.filler.end(study, StudyState.COMPLETED, "all 30 trials are done")
        found.filler.projected(study)
        yield found


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium, the same one for all tests of this folder that follow each other; what a test opens ends with it."""
    browser = _opened()
    before = browser.contexts
    yield browser
    for context in browser.contexts:
        if context not in before:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Close Chromium behind the last test of this folder: Playwright's loop must not meet that of an asynchronous test.

    It is closed even if that test failed, and after all that was opened in it.
    """
    try:
        return (yield)
    finally:
        if nextitem is None or HERE not in nextitem.path.parents:
            _opened.cache_clear()
            _OPEN.close()


@cache
def _opened() -> Browser:
    executable = chromium.find()
    assert executable, chromium.REMEDY
    assert (DIST / "index.html").is_file(), "the page is not built: make install"
    flags = [*chromium.FLAGS, *chromium.ONE_PROCESS]
    with ExitStack() as opened:  # of one that does not start nothing stays
        playwright = opened.enter_context(sync_playwright())
        browser = opened.enter_context(playwright.chromium.launch(executable_path=executable, args=flags))
        _OPEN.push(opened.pop_all())
    return browser


@pytest.fixture(scope="module")
def context(service: Service) -> Iterator[BrowserContext]:
    """One reader's browser on the service; pages keep all they remember in their address, so tests can share it."""
    with _opened().new_context(base_url=service.url, viewport={"width": 1440, "height": 900}) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Iterator[Page]:
    """A fresh page; the test fails if it logged an error or asked another origin for anything."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(service.url) else foreign.append(request.url))
    yield page
    page.close()
    assert foreign == []
    assert [error for error in errors if "the server responded with a status of 4" not in error] == []
