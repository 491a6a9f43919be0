"""The answer where one looks first: in words and with the button that would decide, in sight beside the chart."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect

from service.study.states import RunState, StudyState
from tests.browser.conftest import Service

pytestmark = pytest.mark.slow
NAME = "which-optimizer"
QUESTIONS = ("tuned", "typical", "failures")
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


def test_the_reader_chooses_the_level_that_all_others_are_compared_with(page: Page) -> None:
    def told(**asked: str) -> dict[str, Any]:
        found: dict[str, Any] = page.request.get(
            "/api/v1/compare", params={"study": NAME, "by": "optimizer"} | asked
        ).json()
        return found

    def shows(found: dict[str, Any]) -> None:
        """In words and numbers, in the short answer and in the whole."""
        expect(short.get_by_role("definition")).to_have_text([found[name]["short"] for name in QUESTIONS])
        for name in ("Typical", "Failures"):
            rows = answer.get_by_role("region", name=name).get_by_role("listitem")
            verdicts = found[name.lower()]["verdicts"]
            expect(rows.locator(".forest-name")).to_have_text([each["arm"] for each in verdicts])
            shown = [float(text.split()[0]) for text in rows.locator(".number").all_inner_texts()]
            assert shown == pytest.approx([each["effect"] for each in verdicts], rel=1e-3)
        for where in (short, answer):
            expect(where.get_by_label("Compared with")).to_have_value(found["reference"])

    page.goto(f"/studies/{NAME}/curves?group=optimizer")
    short = page.get_by_role("region", name="Short answer")
    answer = page.get_by_role("region", name="Answer", exact=True)
    report = page.get_by_role("link", name="Report")
    short.get_by_label("Compared with").wait_for(timeout=60_000)
    shows(told())

    short.get_by_label("Compared with").select_option("sgd")
    expect(page).to_have_url(re.compile(r"group=optimizer&reference=sgd"))
    found = told(reference="sgd")
    assert [each["arm"] for each in found["typical"]["verdicts"]] == ["adam", "rmsprop"]
    shows(found)
    file = page.request.get(report.get_attribute("href") or "").text()
    assert f"each level at its best: {found['tuned']['short']}" in unescape(file)
    confirms: list[Any] = []
    page.route("**/*:confirm", lambda route: (confirms.append(route.request.post_data_json), route.fulfill(status=409)))
    short.get_by_role("button", name="Confirm the best of each").click()
    expect(page.get_by_role("dialog")).to_contain_text("measured on the test split, which counts as a look at it")
    page.get_by_role("dialog").get_by_role("button", name="Confirm them").click()
    expect(short.get_by_role("alert")).to_be_visible()
    assert [each["trials"] for each in confirms] == [found["tuned"]["confirm"]["trials"]]

    answer.get_by_label("Compared with").select_option("rmsprop")
    shows(told(reference="rmsprop"))
    page.go_back()
    shows(found)
    page.go_back()
    shows(told())
    expect(page).not_to_have_url(re.compile("reference"))

    page.goto(f"/studies/{NAME}/curves?group=optimizer&reference=no-level")
    short.get_by_label("Compared with").wait_for()
    shows(told())
    expect(report).to_have_attribute("href", f"/api/v1/studies/{NAME}/report?by=optimizer")


def test_grouped_by_a_number_it_says_why_nothing_is_compared_and_where_numbers_are_shown(page: Page) -> None:
    page.goto(f"/studies/{NAME}/curves?group=optimizer.adam.lr")
    short = page.get_by_role("region", name="Short answer")
    expect(short).to_contain_text("is a number: levels of a choice can be compared", timeout=60_000)
    short.get_by_role("link", name="Insight shows").click()
    expect(page).to_have_url(re.compile(rf"/studies/{NAME}/insight"))


def test_studies_are_compared_with_the_one_that_the_reader_chooses(page: Page) -> None:
    page.goto(f"/compare?s=digits&s={NAME}")
    answer = page.get_by_role("region", name="Answer", exact=True)
    chosen = answer.get_by_label("Compared with")
    expect(chosen).to_have_value("digits", timeout=60_000)
    chosen.select_option(NAME)
    expect(page.get_by_role("region", name="Short answer")).to_contain_text(f"{NAME} against digits")
    expect(page).to_have_url(re.compile(f"against={NAME}"))
    page.get_by_role("region", name="Learning curves").get_by_label("Group by").select_option("optimizer")
    expect(page).to_have_url(re.compile("group=optimizer"))
    expect(chosen).to_have_value(NAME)


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
