"""``python -m tests.browser.chromium``: see to it that there is a Chromium to test the page in, or say what to do.

An installed Chromium or Chrome is taken as it is. Without one, Debian's package is installed where this process may do
so, and otherwise the build that Playwright downloads into the user's own cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

VARIABLE = "CHROMIUM"
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
REMEDY = (
    "The page is tested in Chromium, and none could be found or fetched. Install Chromium or Chrome (on Debian: "
    f"apt-get install chromium), or set {VARIABLE} to the path of one, then run make test again."
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
ONE_PROCESS = ["--disable-site-isolation-trials", "--renderer-process-limit=1"]
"""All pages in one: each test opens a page, and to start a process for it took an eighth of its time."""


def find() -> str | None:
    """The path of a Chromium or Chrome that starts, or nothing."""
    return next((path for path in _candidates() if _starts(path)), None)


def fetch() -> str | None:
    """The path of a Chromium that was fetched now, or nothing where none is to be had, or another one was named."""
    if os.environ.get(VARIABLE):
        return None
    for command in _ways():
        print(f"No Chromium found: {' '.join(command)}", flush=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print((done.stdout + done.stderr).strip()[-500:], file=sys.stderr)
        if path := find():
            return path
    return None


def _candidates() -> Iterator[str]:
    if os.environ.get(VARIABLE):
        yield os.environ[VARIABLE]
        return
    yield from filter(None, map(shutil.which, COMMANDS))
    yield from APPLICATIONS
    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _starts(path: str) -> bool:
    """Whether it tells its version: some systems have a command that only says where to get the browser."""
    if not Path(path).is_file():
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def _ways() -> Iterator[list[str]]:
    if shutil.which("apt-get") and os.geteuid() == 0:
        yield ["apt-get", "update", "--quiet"]
        yield ["apt-get", "install", "--yes", "--quiet", "chromium"]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


if __name__ == "__main__":
    if not (find() or fetch()):
        sys.exit(REMEDY)
