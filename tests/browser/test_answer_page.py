"""The answer where one looks first: in words and with the button that would decide, in sight beside the chart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect

from service.study.states import RunState, StudyState
from tests.browser.conftest import Service

pytestmark = pytest.mark.slow
NAME = "which-optimizer"
SPACE = {"optimizer": {"choice": ["sgd", "adam", "rmsprop"]}}


@pytest.fixture(scope="module", autouse=True)
def study(service: Service) -> None:
    """A study whose search went by no results, so that its trials tell of its levels."""
    made = service.filler.submit(name=NAME, sampler="random", pruner="none", space=SPACE)
    service.filler.trials(made, dict.fromkeys(range(24), RunState.COMPLETED))
    service.filler.end(made, StudyState.COMPLETED, "all 24 trials are done")


def box(found: Locator) -> FloatRect:
    place = found.bounding_box()
    assert place is not None
    return place


@pytest.mark.parametrize(
    ("address", "words", "action"),
    [
        ("?group=optimizer", "adam against rmsprop and sgd: not decided yet", "Confirm the best of each"),
        ("", "leads with 0.", "Confirm…"),
    ],
)
def test_the_verdict_and_what_would_decide_are_seen_without_scrolling(
    page: Page, address: str, words: str, action: str
) -> None:
    page.goto(f"/studies/{NAME}/curves{address}")
    short = page.get_by_role("region", name="Short answer")
    expect(short.get_by_text(words)).to_be_in_viewport(ratio=1, timeout=60_000)
    expect(short.get_by_role("button", name=action)).to_be_in_viewport(ratio=1)
    expect(short.get_by_role("term")).to_have_text(["At its best", "Over its range", "Failures"] if address else [])
    chart = box(page.locator(".chart-place"))
    assert chart["y"] + chart["height"] <= 900 + 60  # as before: nothing stands above it
    assert box(short)["x"] > chart["x"] + chart["width"]

    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer.get_by_role("listitem").first).to_be_visible()
    whole = box(answer)
    assert whole["y"] > chart["y"] + chart["height"]  # so that the trials do not start below an empty column
    assert whole["width"] > 3 * box(short)["width"]
    assert whole["height"] < 900

    short.get_by_role("link", name="How this was judged").click()
    expect(page.get_by_role("region", name="Answer", exact=True)).to_be_in_viewport()


def test_on_a_phone_it_is_one_block_above_the_chart(context: BrowserContext, service: Service) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/studies/{NAME}/curves?group=optimizer")
    short = page.get_by_role("region", name="Short answer")
    short.get_by_role("button", name="Confirm the best of each").wait_for(timeout=60_000)
    place, curves = box(short), box(page.get_by_role("region", name="Learning curves"))
    assert place["height"] < 844 / 2
    assert place["y"] + place["height"] <= curves["y"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.close()


def test_each_answer_says_what_it_compares_and_how_that_differs_from_what_is_drawn(page: Page) -> None:
    page.goto(f"/studies/{NAME}/curves?group=optimizer&center=median")
    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer).to_contain_text("The chart draws the median of all runs of a group", timeout=60_000)
    typical = answer.get_by_role("region", name="Typical")
    explained = typical.get_by_text("Hodges–Lehmann")
    expect(explained).to_be_hidden()
    typical.get_by_label("What Typical compares").press("Enter")
    expect(explained).to_be_visible()


def test_grouped_by_a_number_it_says_why_nothing_is_compared_and_where_numbers_are_shown(page: Page) -> None:
    page.goto(f"/studies/{NAME}/curves?group=optimizer.adam.lr")
    short = page.get_by_role("region", name="Short answer")
    expect(short).to_contain_text("is a number: levels of a choice can be compared", timeout=60_000)
    short.get_by_role("link", name="Insight shows").click()
    expect(page).to_have_url(re.compile(rf"/studies/{NAME}/insight"))


def test_studies_of_different_metrics_are_not_asked_about(page: Page, service: Service) -> None:
    other = service.filler.submit(name="by-loss", objective={"metric": "val_loss", "direction": "minimize"})
    service.filler.trials(other, dict.fromkeys(range(3), RunState.COMPLETED))
    service.filler.end(other, StudyState.COMPLETED, "all 3 trials are done")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/v1/compare" in request.url else None)
    page.goto(f"/compare?s={NAME}&s=by-loss")
    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer).to_contain_text("only those of one metric can be compared", timeout=60_000)
    assert asked == []
