"""The report of a study as a reader has it: a file that a browser opens without a service and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Service

pytestmark = pytest.mark.slow


def test_the_report_opens_from_a_file_and_asks_nothing(
    page: Page, browser: Browser, service: Service, tmp_path: Path
) -> None:
    assert service.study is not None
    page.goto("/studies/digits")
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("link", name="Report").click()
    file = tmp_path / "report.html"
    download.value.save_as(file)

    with browser.new_context(offline=True) as alone:
        asked: list[str] = []
        told: list[str] = []
        reader = alone.new_page()
        reader.on("request", lambda request: asked.append(request.url))
        reader.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        reader.goto(file.as_uri())
        expect(reader.get_by_role("heading", level=1)).to_contain_text("digits")
        assert reader.locator("svg").count() > 0
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert told == []
        for width in (1440, 390):
            reader.set_viewport_size({"width": width, "height": 900})
            assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wide = reader.locator(".wide", has_text="standing")
        wide.focus()
        reader.keyboard.press("End")
        reader.keyboard.press("ArrowRight")
        reader.wait_for_function("table => table.scrollLeft > 0", arg=wide.element_handle())
