"""The page of a service that wants a token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Service, served

pytestmark = pytest.mark.slow
TOKEN = "b9d1c2e0f4a35768"  # of this test alone


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(tmp_path_factory.mktemp("service"), token=TOKEN) as found:
        found.study = found.filler.submit()
        yield found


def test_the_token_is_asked_for_once_and_everything_works_after_it(browser: Browser, guarded: Service) -> None:
    context = browser.new_context(base_url=guarded.url)
    page = context.new_page()
    page.set_default_timeout(10_000)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto("/studies/digits")

    page.get_by_label("Token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the token")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="digits")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()  # the event stream
    page.reload()
    expect(page.get_by_role("heading", name="digits")).to_be_visible()
    assert page.goto("/api/docs").status == 200  # type: ignore[union-attr]
    assert page.evaluate("document.cookie + JSON.stringify(localStorage)") == "{}"
    assert not [url for url in requested if TOKEN in url]
    context.close()
