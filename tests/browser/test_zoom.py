"""Looking closer in a real browser: what was thinned is fetched again, and keys, drags and Back move the view."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chart import drag, ink, wait_for_ink, wait_for_other_ink, wait_for_same_ink
from tests.browser.filling import EPOCHS

pytestmark = pytest.mark.slow


def zoom_of(page: Page) -> list[float]:
    """From where to where the address zooms."""
    (found,) = parse_qs(urlsplit(page.url).query).get("zx", ["0..0"])
    return [float(end) for end in found.split("..")]


def test_a_zoom_fetches_the_points_that_were_thinned(page: Page) -> None:
    """The page asks for fewer points than there are, as it does for a thousand long runs."""
    asked: list[str] = []

    def few(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_(url=route.request.url.replace("max_points=200000", "max_points=300"))

    page.route("**/api/v1/curves?**", few)
    page.goto("/studies/digits?train=none&baseline=3&group=run")
    wait_for_ink(page)

    def epochs() -> list[int]:
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV").click()
        rows = download.value.path().read_text().splitlines()
        return [int(row.split(",")[2]) for row in rows if row.startswith("trial 3,")]

    thinned = epochs()
    assert {1, EPOCHS} <= set(thinned) and len(thinned) < EPOCHS - 4
    page.goto("/studies/digits?train=none&baseline=3&group=run&zx=8..12")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    whole = epochs()
    assert whole == sorted({*thinned, *range(7, 14)})
    assert any("x_from=8" in url and "x_to=12" in url for url in asked)


def test_keys_and_a_drag_with_shift_move_the_view_and_back_undoes_it(page: Page) -> None:
    page.goto("/studies/digits?train=none")
    wait_for_ink(page)
    whole = ink(page)
    page.get_by_role("group", name=re.compile("^Chart: arrow keys")).focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    wait_for_other_ink(page, whole)
    low, high = zoom_of(page)
    assert (round(high - low, 2), low > 8) == (4.75, True)
    page.go_back()
    wait_for_same_ink(page, whole)

    page.go_forward()
    expect(page).to_have_url(re.compile("zx="))
    page.keyboard.down("Shift")
    drag(page, (0.25, 0.5), (0.75, 0.5))
    page.keyboard.up("Shift")
    expect(page).not_to_have_url(re.compile(re.escape(f"zx={low:g}..")))
    moved = zoom_of(page)
    assert moved == pytest.approx([low - 2.375, high - 2.375], abs=0.02)
    expect(page).not_to_have_url(re.compile("trial="))
    page.go_back()
    expect(page).to_have_url(re.compile(re.escape(f"zx={json.dumps(low)}..")))
    page.get_by_role("button", name="leave the zoom").click()
    wait_for_same_ink(page, whole)
