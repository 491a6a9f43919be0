"""The service with its studies, as a process of its own, and a browser that looks at it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from experiments import own_process
from service.settings import Settings
from service.storage.db.database import open_database
from service.storage.migrations import migrate
from service.storage.store import Store
from tests.benchmarks.analyses import filled
from tests.benchmarks.curves import fill, free_port, served
from tests.browser import chromium

SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
"""Without them a Chromium that has no GPU has no WebGL either."""
VIEWPORT = {"width": 1440, "height": 900}


@dataclass(frozen=True)
class Service:
    """A running service, and the engine's side of its store."""

    url: str
    store: Store
    epoch: int
    wide: str
    """Name of the study of 10,000 trials."""


@contextmanager
def service() -> Iterator[Service]:
    """The API, with ``thousand`` (1,000 runs of 1,000 points), ``hundred``, and one of 10,000 trials."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), port=free_port())
        migrate(settings.database)
        store = Store(open_database(settings.database))
        epoch = store.leadership.lead("benchmark", 0.0)
        assert epoch is not None
        fill(store, epoch, "thousand", 1000)
        fill(store, epoch, "hundred", 100)
        wide = filled(store, settings.database, 10_000).name
        environment = {"STUDYHALL_HOME": home, "STUDYHALL_PORT": str(settings.port)}
        with served(own_process.command("service.api"), environment, settings.port, "/healthz"):
            yield Service(f"http://127.0.0.1:{settings.port}", store, epoch, wide)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A headless Chromium."""
    executable = chromium.find()
    if executable is None:
        raise SystemExit(chromium.REMEDY)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*chromium.FLAGS, *SOFTWARE_GL])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet."""
    context: BrowserContext = browser.new_context(base_url=url, viewport=VIEWPORT)
    page = context.new_page()
    page.set_default_timeout(120_000)
    yield page
    context.close()
