"""The same lines drawn by the dashboard's chart, uPlot, ECharts and WebGL2, and each line's pixels beside numpy's."""

from __future__ import annotations

import base64
import mimetypes
import subprocess
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, Route

from tests.benchmarks.page import table
from tests.benchmarks.page.serving import opened

DASHBOARD = Path(__file__).parents[3] / "service" / "dashboard"
BUILT = DASHBOARD / "bench" / "dist"
ORIGIN = "http://bench.test"
OURS = "Studyhall"
N_POINTS = 1000
CHECKED = 200
"""Lines of which each pixel is compared."""
WIDTH, HEIGHT = 800, 400
GOALS = {1000: ("uPlot", "ECharts"), 10: ("uPlot",)}
LEAST, SECONDS = 4, 3.0
"""Frames of a turn at least, and for how long it goes on."""


def measure(browser: Browser) -> None:
    """Print the rates of 1,000 and of 10 lines, and how many pixels differ."""
    subprocess.run([sys.executable, DASHBOARD / "build.py", "bench"], check=True)
    with opened(browser, ORIGIN) as page:
        page.context.route(f"{ORIGIN}/**", _answer)
        page.goto("/index.html")
        page.wait_for_function("() => window.asked")
        lines = _lines()
        encoded = base64.b64encode(np.vstack([np.arange(1.0, N_POINTS + 1), lines]).tobytes()).decode()
        page.evaluate("([bytes, length]) => asked.load(bytes, length)", [encoded, N_POINTS])
        table.row("what draws WebGL in this browser", str(page.evaluate("asked.rendererName()")))
        for n, goals in GOALS.items():
            _compare(page, n, goals)
        _check(page, lines[:CHECKED])


def _answer(route: Route) -> None:
    file = BUILT / route.request.url.removeprefix(ORIGIN).lstrip("/")
    if file.is_file():
        route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0])
    else:
        route.fulfill(status=404)


def _lines() -> np.ndarray:
    """Noisy decays between 0 and 1, of which some have a spike."""
    rng = np.random.default_rng(7)
    pace, floor = rng.uniform(50, 400, (1000, 1)), rng.uniform(0.05, 0.4, (1000, 1))
    lines = floor + 0.5 * np.exp(-np.arange(N_POINTS) / pace) + 0.01 * rng.normal(size=(1000, N_POINTS))
    lines[::50, rng.integers(0, N_POINTS, 20)] = 0.97
    return np.clip(lines, 0.001, 0.999)


def _compare(page: Page, n: int, goals: tuple[str, ...]) -> None:
    """Each contender at its better setting, in turns: ABC … CBA."""
    settings: dict[str, list[str]] = page.evaluate("asked.settingsOf()")
    chosen = {name: _better(page, name, found, n) for name, found in settings.items()}
    turns: dict[str, list[float]] = {name: [] for name in chosen}
    for name in [*chosen, *reversed(chosen)]:
        turns[name].append(_rate(page, name, chosen[name], n))
    rates = {name: float(np.mean(found)) for name, found in turns.items()}
    for name, rate in rates.items():
        ratio = rates[OURS] / rate
        aim = "" if name not in goals else "ours 5 times" if n == 1000 else "ours not below 0.8 of it"
        beside = "" if name == OURS else f", ours {ratio:.1f} times"
        words = ", ".join(f"{turn:.1f}" for turn in turns[name])
        table.row(f"{n:,} × {N_POINTS:,} redrawn: {name} ({chosen[name]})", f"{words} frames/s{beside}", aim)


def _better(page: Page, name: str, settings: list[str], n: int) -> str:
    return settings[0] if len(settings) == 1 else max(settings, key=lambda each: _rate(page, name, each, n))


def _rate(page: Page, name: str, setting: str, n: int) -> float:
    found: float = page.evaluate(
        "([name, setting, n, least, seconds]) => asked.rate(name, setting, n, least, seconds)",
        [name, setting, n, LEAST, SECONDS],
    )
    return found


def _check(page: Page, lines: np.ndarray) -> None:
    """The first and the last row that a line covers, column by column."""
    drawn = np.array(page.evaluate(f"asked.rows({WIDTH}, {HEIGHT})"))[: len(lines)].reshape(len(lines), WIDTH, 2)
    expected = np.stack([_rows(line) for line in lines])
    off = np.abs(drawn - expected).max(axis=2)
    words = f"{off.size:,} columns of lines: {(off == 0).mean():.2%} the same, the greatest difference {off.max()} px"
    table.row("least and greatest of each line in each pixel column, beside numpy's", words, "1 px")


def _rows(line: np.ndarray) -> np.ndarray:
    """By numpy: the line at its points and where it crosses from one column to the next."""
    x = np.linspace(0, WIDTH, N_POINTS)
    borders = np.arange(WIDTH + 1.0)
    at = np.concatenate([x, borders])
    y = np.interp(at, x, HEIGHT * (1 - line))
    found = np.empty((WIDTH, 2))
    for column in range(WIDTH):
        within = y[(at >= column) & (at <= column + 1)]
        found[column] = np.floor([within.min(), within.max()])
    return np.clip(found, 0, HEIGHT - 1)
