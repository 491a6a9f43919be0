"""Views saved by name, in a real browser and by keyboard: what one saves another opens, and nothing is lost unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.slow


@pytest.fixture
def colleague(context: BrowserContext, page: Page) -> Iterator[Page]:
    """Another reader of the same service; it is closed before the page that watches for errors."""
    other = context.new_page()
    yield other
    other.close()


def menu_of(page: Page) -> Locator:
    """The menu of views, opened by keyboard."""
    page.get_by_role("button", name=re.compile("^View")).focus()
    page.keyboard.press("Enter")
    return page.get_by_role("dialog", name=re.compile("^View"))


def test_a_view_is_saved_opened_by_a_colleague_renamed_replaced_and_deleted(page: Page, colleague: Page) -> None:
    page.goto("/studies/digits?group=optimizer&y=log")
    menu = menu_of(page)
    menu.get_by_label("Name for this view").focus()
    page.keyboard.type("by optimizer")
    page.keyboard.press("Enter")
    saved = menu.get_by_role("list", name="Saved views")
    expect(saved.get_by_role("link", name="by optimizer curves")).to_have_attribute("aria-current", "true")

    colleague.goto("/studies/digits/trials")
    menu_of(colleague).get_by_role("link", name="by optimizer").press("Enter")
    expect(colleague).to_have_url(re.compile(r"/curves\?group=optimizer&y=log$"))
    expect(colleague.get_by_role("button", name="View: by optimizer")).to_be_visible()
    colleague.go_back()
    expect(colleague).to_have_url(re.compile(r"/digits/trials$"))

    saved.get_by_role("button", name="Rename by optimizer").press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("optimizers")
    page.keyboard.press("Enter")
    expect(saved).to_have_text(re.compile("^optimizers curves"))

    page.keyboard.press("Escape")
    page.get_by_label("Group by").select_option("schedule")
    menu_of(page).get_by_label("Name for this view").fill("optimizers")
    page.keyboard.press("Enter")
    asked = page.get_by_role("dialog", name="Replace the view “optimizers”?")
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(saved.get_by_role("link")).not_to_have_attribute("aria-current", "true")
    menu.get_by_role("button", name="Save").press("Enter")
    asked.get_by_role("button", name="Replace the view").press("Enter")
    expect(saved.get_by_role("link")).to_have_attribute("aria-current", "true")
    expect(saved.get_by_role("link")).to_have_attribute("href", re.compile("group=schedule"))

    saved.get_by_role("button", name="Delete optimizers").press("Enter")
    page.get_by_role("dialog", name="Delete the view “optimizers”?").get_by_role(
        "button", name="Delete the view"
    ).press("Enter")
    expect(saved).to_be_hidden()
    expect(menu.get_by_label("Name for this view")).to_be_focused()
