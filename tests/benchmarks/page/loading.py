"""The first load: what comes over the wire, and when a study can be seen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from tests.benchmarks.page import table
from tests.benchmarks.page.serving import Service, opened

SEEN = """() => new Promise(done => {
    const look = () => {
        const there = document.querySelector("h1") && document.querySelector("tr.trial");
        if (there) requestAnimationFrame(() => done(performance.now()));
        else requestAnimationFrame(look);
    };
    look();
})"""
"""Milliseconds from the navigation until the study's name and its trials are on the screen."""
BUNDLE = (".js", ".css")
REPEATS = 5


def measure(browser: Browser, service: Service) -> None:
    """Print a line for each."""
    loads = [_load(browser, f"{service.url}/studies/hundred") for _ in range(REPEATS)]
    table.row("bundle at first load, as it came", f"{loads[0][1] / 1000:.0f} kB", "400 kB")
    table.row("first view of a study of 100 runs, cold", table.median([seen for seen, _ in loads], "s"), "1 s")


def _load(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds until the study can be seen, and bytes of the bundle."""
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}

    def asked(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["request"]["url"]

    def came(event: dict[str, Any]) -> None:
        sizes[names[event["requestId"]]] = event["encodedDataLength"]

    with opened(browser, url) as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", asked)
        session.on("Network.loadingFinished", came)
        page.goto(url, wait_until="commit")
        seen: float = page.evaluate(SEEN)
    return seen / 1000, sum(size for name, size in sizes.items() if name.endswith(BUNDLE))
