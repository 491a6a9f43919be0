"""The report of a study as a reader has it: a file that a browser opens without a service and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.study.states import RunState
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


def test_the_button_groups_the_report_as_the_curves_are(page: Page) -> None:
    page.goto("/studies/digits?group=optimizer")
    button = page.get_by_role("link", name="Report")
    expect(button).to_have_attribute("href", "/api/v1/studies/digits/report?by=optimizer")
    told = page.request.get(str(button.get_attribute("href")), timeout=120_000).text()
    assert "By optimizer, each level at its best" in told
    page.goto("/studies/digits")
    expect(button).to_have_attribute("href", "/api/v1/studies/digits/report")


def test_of_a_wide_study_tables_alone_scroll_and_print_within_the_paper(browser: Browser, service: Service) -> None:
    name = "a_study_with_one_long_word_for_a_name_of_which_no_browser_breaks_any"
    study = service.filler.submit(name=name)
    service.filler.trials(study, dict.fromkeys(range(12), RunState.COMPLETED))
    reader = browser.new_page()
    fits = "document.documentElement.scrollWidth <= innerWidth"

    reader.goto(f"{service.url}/api/v1/studies/{name}")
    reader.set_content(reader.request.get(f"{service.url}/api/v1/studies/{name}/report", timeout=120_000).text())

    for width in (1440, 390):
        reader.set_viewport_size({"width": width, "height": 900})
        assert reader.evaluate(fits)
        scrolls = "table => table.scrollWidth > table.clientWidth"
        assert reader.locator(".wide", has_text="standing").evaluate(scrolls)
    reader.emulate_media(media="print")
    reader.set_viewport_size({"width": 794, "height": 1123})
    assert reader.evaluate(fits)
    expect(reader.locator(".many tbody tr").first).to_contain_text("leads")
    reader.close()
