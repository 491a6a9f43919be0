"""``python -m tests.browser.screenshot URL FILE``: a picture of a page of a running service, as Chromium shows it."""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tests.browser import chromium


def take(url: str, file: str, width: int = 1440, height: int = 1000) -> None:
    """Wait until the curves are drawn, and write the picture, at one and a half times the resolution."""
    executable = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.5)
        page.goto(url)
        page.locator(".legend, .study-list, .empty").first.wait_for()
        page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    take(sys.argv[1], sys.argv[2])
