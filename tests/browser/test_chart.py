"""The chart in a real browser: what is drawn, what is left out, and how one looks closer."""

from __future__ import annotations

import json
import math
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from service.study.states import RunState
from tests.browser.chart import (
    BEST,
    EDGES,
    Series,
    change_curves,
    drag,
    ink,
    plot_box,
    point_at_last_epoch,
    wait_for_ink,
    wait_for_other_ink,
    wait_for_same_ink,
)
from tests.browser.conftest import Service
from tests.browser.filling import EPOCHS

pytestmark = pytest.mark.slow


def test_a_chart_whose_ranks_have_not_come_is_busy(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/studies/digits/trials*", hold)
    page.goto("/studies/digits?metric=grad_norm")
    expect(page.locator(".chart-frame[aria-busy=true] [aria-label='grad_norm of 30 runs']")).to_be_visible()
    for route in held:
        route.continue_()
    wait_for_ink(page)


@pytest.mark.parametrize("metric", ["lr", "grad_norm"])
def test_another_metric_leaves_nothing_of_the_last_one_on_the_chart(page: Page, metric: str) -> None:
    page.goto(f"/studies/digits?metric={metric}")
    wait_for_ink(page)
    alone = ink(page)
    page.get_by_label("Metric").select_option("loss")
    page.get_by_label("Train curves").select_option("all")
    expect(page.get_by_role("img", name="loss of 30 runs")).to_be_visible()
    legend = page.get_by_role("list", name="Legend")
    expect(legend).to_contain_text("train")
    page.get_by_label("Metric").select_option(metric)
    expect(page.get_by_role("img", name=f"{metric} of 30 runs")).to_be_visible()
    expect(page.locator(".chart-frame[aria-busy=false]")).to_be_visible()
    expect(legend).not_to_contain_text("train")
    expect(page.get_by_label("Train curves")).to_have_count(0)
    wait_for_same_ink(page, alone)


def test_a_tail_is_left_out_at_first_counted_and_shown_on_demand(page: Page) -> None:
    def collapse(series: Series) -> None:
        if series["trial"] in {1, 2}:
            series["y"] = [0.01] * len(series["y"])
            series["value"] = 0.01

    change_curves(page, collapse)
    page.goto("/studies/digits?train=none")
    wait_for_ink(page)
    first = ink(page)
    notes = page.locator(".chart-notes")
    expect(notes).to_contain_text(re.compile(r"\d+ points below"))
    told = re.search(r"(\d+) points below", notes.inner_text())
    assert told is not None
    assert int(told[1]) >= 40
    page.get_by_role("button", name="show all").click()
    expect(page).to_have_url(re.compile("outliers=shown"))
    expect(notes).not_to_contain_text("below")
    wait_for_other_ink(page, first)
    page.get_by_role("button", name="leave the tail out").click()
    wait_for_same_ink(page, first)


def test_a_box_zooms_both_axes_a_double_click_shows_all(page: Page) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    whole = ink(page)
    tooltip = page.get_by_role("tooltip")
    drag(page, (0.5, 0.05), (0.5, 0.3))
    wait_for_other_ink(page, whole)
    box = plot_box(page)
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    expect(tooltip).to_contain_text("at epoch 20")
    page.mouse.dblclick(box["x"] + 5, box["y"] + box["height"] - 5)
    wait_for_same_ink(page, whole)
    drag(page, (0.2, 0.05), (0.6, 0.4))
    wait_for_other_ink(page, whole)
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    expect(tooltip).to_contain_text(re.compile("at epoch 1[123]"))
    expect(page).to_have_url(re.compile(r"zx=4[.\d]*\.\.12[.\d]*&zy="))
    zoomed = ink(page)
    page.go_back()
    wait_for_same_ink(page, whole)
    page.go_forward()
    page.reload()
    page.mouse.move(0, 0)
    page.locator(".chart-frame[aria-busy=false] .plot canvas").first.wait_for()
    wait_for_same_ink(page, zoomed)
    page.get_by_label("Metric").select_option("loss")  # whose values lie elsewhere: x stays, y does not
    expect(page).to_have_url(re.compile(r"metric=loss&zx=[^&]+$"))
    expect(page.get_by_role("img", name="loss of 30 runs")).to_be_visible()
    wait_for_ink(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_first_and_the_last_point_are_whole(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/studies/digits")
    wait_for_ink(page)
    page.locator(".plot").scroll_into_view_if_needed()
    box = plot_box(page)
    for x, height, epoch in ((2, 0.9, 1), (box["width"] - 2, 0.05, 20)):  # where lines begin and where they end
        page.mouse.move(box["x"] + x, box["y"] + height * box["height"])
        expect(page.get_by_role("tooltip")).to_contain_text(f"at epoch {epoch}objective")
        assert page.locator(".plot-overlay").evaluate(EDGES) == [False, False]


def test_the_row_of_the_curve_under_the_pointer_stands_out(page: Page) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    rows = page.locator("tr.is-hovered")
    point_at_last_epoch(page)
    expect(rows).to_have_count(1)
    page.mouse.move(0, 0)
    expect(rows).to_have_count(0)


def test_colors_of_a_parameter_hold_for_the_best_too(page: Page) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    star = page.get_by_role("list", name="Legend").locator(".legend-star")
    expect(star).to_have_css("color", f"rgb({BEST.replace(',', ', ')})")
    before = ink(page)
    page.get_by_label("Color by").select_option("optimizer")
    wait_for_other_ink(page, before)
    assert BEST not in ink(page)
    expect(star).to_be_visible()
    expect(star).not_to_have_css("color", f"rgb({BEST.replace(',', ', ')})")


def test_a_value_that_is_no_number_is_a_marked_gap(page: Page, service: Service) -> None:
    service.filler.trials(service.filler.submit(name="gap"), {0: RunState.RUNNING})
    known: list[float] = []

    def break_curve(series: Series) -> None:
        known[:] = series["y"]
        series["y"] = [None if epoch == 4 else y for epoch, y in zip(series["x"]["epoch"], series["y"], strict=True)]

    change_curves(page, break_curve)
    page.goto("/studies/gap?train=none")
    expect(page.locator(".chart-notes")).to_contain_text("1 point not a finite number, marked ×")
    shown = known[:3] + known[4:]
    low, high = min(shown), max(shown)
    level = (high + 0.04 * (high - low) - (known[2] + known[4]) / 2) / (1.08 * (high - low))
    box = plot_box(page)
    page.mouse.move(box["x"] + 3 / 7 * box["width"], box["y"] + level * box["height"])
    expect(page.get_by_role("tooltip")).to_contain_text("accuracy is not a finite number at epoch 4")


def zoom_of(page: Page) -> list[float]:
    """From where to where the address zooms."""
    (found,) = parse_qs(urlsplit(page.url).query).get("zx", ["0..0"])
    return [float(end) for end in found.split("..")]


def test_a_zoom_fetches_the_points_that_were_thinned(page: Page) -> None:
    """The page asks for fewer points than there are, as it does for a thousand long runs."""
    asked: list[str] = []

    def few(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_(url=route.request.url.replace("max_points=2000000", "max_points=300"))

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


def test_a_key_goes_on_only_from_what_keys_have_shown(page: Page) -> None:
    page.goto("/studies/digits?train=none")
    wait_for_ink(page)
    page.get_by_role("group", name=re.compile("^Chart: arrow keys")).focus()
    page.keyboard.press("ArrowRight")  # where there is nothing to move, this is no step that Back would undo
    for _ in range(2):
        page.keyboard.press("+")
        expect(page).to_have_url(re.compile("zx="))
        page.go_back()
        expect(page).to_have_url(re.compile("train=none$"))


TURNS = """plot => {
    const { left, top, width, height } = plot.getBoundingClientRect();
    const place = { clientX: left + width / 4, clientY: top + height / 2 };
    const turn = { deltaY: -100, ctrlKey: true, bubbles: true, cancelable: true, ...place };
    for (let n = 0; n < 3; n++) plot.dispatchEvent(new WheelEvent("wheel", turn));
}"""
"""Three turns of the wheel, so soon one after the other that they are one gesture however slow the machine is."""


def turn(page: Page, place: tuple[float, float], pixels: float, *keys: str) -> None:
    """Turn the wheel over a place of the plot, its share of the width and height, with keys held."""
    box = plot_box(page)
    page.mouse.move(box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"])
    for key in keys:
        page.keyboard.down(key)
    page.mouse.wheel(0, pixels)
    for key in keys:
        page.keyboard.up(key)


def test_the_wheel_zooms_around_the_pointer_with_ctrl_and_scrolls_without(page: Page) -> None:
    page.goto("/studies/digits?train=none")
    wait_for_ink(page)
    whole = ink(page)
    page.locator(".plot .u-over").evaluate(TURNS)
    wait_for_other_ink(page, whole)
    expect(page).to_have_url(re.compile("zx="))
    low, high = zoom_of(page)
    assert high - low == pytest.approx(19 * math.exp(-3 * 0.4), rel=0.01)
    pixels = plot_box(page)["width"]
    pointed = 1 + 19 * (0.25 * pixels - 7) / (pixels - 14)  # the first and the last point have room for their marks
    assert low + 0.25 * (high - low) == pytest.approx(pointed, abs=0.05)

    turn(page, (0.25, 0.5), -100, "Control", "Shift")
    expect(page).to_have_url(re.compile("zx=.*&zy="))
    assert zoom_of(page) == [low, high]
    page.go_back()
    expect(page).not_to_have_url(re.compile("zy="))
    page.go_back()
    wait_for_same_ink(page, whole)
    assert "zx=" not in page.url, "each gesture is one step"

    assert page.evaluate("scrollY") == 0
    turn(page, (0.25, 0.5), 100)
    page.wait_for_function("() => scrollY > 0")  # an expression would be evaluated anew, which the page forbids
    assert "zx=" not in page.url


def test_two_fingers_zoom_and_move_what_is_between_them(page: Page) -> None:
    page.goto("/studies/digits?train=none&zx=4..12")
    page.locator(".chart-frame[aria-busy=false] .plot canvas").first.wait_for()
    page.locator(".plot").scroll_into_view_if_needed()
    box = plot_box(page)
    client = page.context.new_cdp_session(page)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def touch(kind: str, *shares: float) -> None:
        places = [
            {"x": box["x"] + share * box["width"], "y": box["y"] + box["height"] / 2, "id": finger}
            for finger, share in enumerate(shares)
        ]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", 0.4, 0.6)
    touch("touchMove", 0.35, 0.65)
    touch("touchMove", 0.4, 0.8)  # half as much to see, and its middle, epoch 8, a tenth farther right
    assert zoom_of(page) == [4, 12]
    touch("touchEnd")
    expect(page).not_to_have_url(re.compile(r"zx=4\.\.12"))
    assert zoom_of(page) == pytest.approx([8 - 0.6 * 4, 8 + 0.4 * 4], abs=0.02)
    page.go_back()
    expect(page).to_have_url(re.compile(r"zx=4\.\.12$"))


def test_a_drag_ends_with_the_page_that_it_began_on(page: Page) -> None:
    page.goto("/studies/digits/trials?zx=8..12")
    page.get_by_role("link", name="Curves").click()
    page.locator(".chart-frame[aria-busy=false] .plot canvas").first.wait_for()
    box = plot_box(page)
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 100)
    page.go_back()
    expect(page.locator(".plot")).to_have_count(0)
    page.mouse.move(box["x"] + 20, box["y"] + 100)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page).to_have_url(re.compile(r"/digits/trials\?zx=8\.\.12$"))
