"""Several studies on one bench: from the list to the picture, its numbers beside numpy's, and what is not there."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from service.study.records import Study
from service.study.states import RunState, StudyState
from tests.browser.conftest import Service
from tests.browser.filling import EPOCHS, point

pytestmark = pytest.mark.slow
LEFT, RIGHT = range(8), range(8, 16)


def finished(service: Service, name: str, numbers: range) -> Study:
    """A study whose search went by no results, so that its trials tell of it."""
    study = service.filler.submit(name=name, sampler="random", pruner="none")
    service.filler.trials(study, dict.fromkeys(numbers, RunState.COMPLETED))
    service.filler.end(study, StudyState.COMPLETED, "all trials are done")
    return study


@pytest.fixture(scope="module")
def two(service: Service) -> None:
    """The studies ``left`` and ``right``, of eight trials each."""
    finished(service, "left", LEFT)
    finished(service, "right", RIGHT)


@pytest.mark.usefixtures("two")
def test_studies_are_marked_in_the_list_and_compared(page: Page) -> None:
    page.goto("/studies")
    page.get_by_label("Compare left").check()
    expect(page.get_by_role("link", name="Compare with…")).to_be_visible()
    page.get_by_label("Compare right").check()
    page.get_by_role("link", name="Compare 2 studies").click()
    expect(page).to_have_url(re.compile(r"/compare\?s=left&s=right$"))
    expect(page.locator(".chart-notes")).to_contain_text("16 runs, all drawn")
    groups = page.get_by_role("list", name="Groups")
    expect(groups).to_contain_text("left 8 runs")
    expect(groups).to_contain_text("right 8 runs")

    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer.get_by_role("region", name="Tuned")).to_contain_text("unknown: each best was chosen", timeout=60_000)
    expect(answer.get_by_role("region", name="Typical")).to_contain_text("over the range that was searched")
    expect(answer.get_by_role("region", name="Failures")).to_contain_text("0 of 8 failed against 0 of 8")

    page.locator(".chart-frame[aria-busy=false]").wait_for()
    page.get_by_text("Data", exact=True).click()
    for name, numbers in (("left", LEFT), ("right", RIGHT)):
        last = np.mean([point(number, EPOCHS).metrics["val_accuracy"] for number in numbers])
        expect(page.get_by_role("row", name=f"{name} validation {EPOCHS} {last:.4g}").first).to_be_visible()

    page.get_by_label("Group by").select_option("optimizer")
    expect(page).to_have_url(re.compile("group=optimizer"))
    expect(groups).not_to_contain_text("left")
    page.go_back()
    expect(groups).to_contain_text("left 8 runs")


@pytest.mark.usefixtures("two")
def test_the_address_shows_the_same_to_a_colleague(page: Page) -> None:
    page.goto("/compare?s=left&s=right&filter=optimizer = adam&pin=right:9&charts=study&metric=loss")
    expect(page.locator(".chart-title")).to_have_text(["left", "right"])
    expect(page.get_by_label("Metric")).to_have_value("loss")
    expect(page.get_by_role("list", name="Legend")).to_contain_text("trial 9 of right")
    expect(page.locator(".chart-notes")).to_contain_text(re.compile(r"16 runs = \d+ drawn, \d+ filtered"))
    page.get_by_role("button", name="Unpin trial 9 of right").click()
    expect(page).not_to_have_url(re.compile("pin="))


@pytest.mark.usefixtures("two")
def test_what_is_missing_is_named_and_the_rest_compared(page: Page, service: Service) -> None:
    page.goto("/compare")
    expect(page.get_by_role("heading", name="Which studies are to be compared?")).to_be_visible()
    page.get_by_label("Another study").fill("left")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="One more study")).to_be_visible()

    going = finished(service, "going", range(3))
    page.goto("/compare?s=left&s=nobody&s=right&s=going")
    expect(page.get_by_role("alert")).to_contain_text("There is no study “nobody”")
    expect(page.locator(".chart-notes")).to_contain_text("19 runs, all drawn")
    with service.filler.store.transaction(service.filler.epoch) as transaction:
        transaction.delete_study(going.id)
    expect(page.get_by_role("alert")).to_have_count(2)
    expect(page.locator(".chart-notes")).to_contain_text("16 runs, all drawn")
    page.get_by_role("button", name="Leave going out").click()
    page.get_by_role("button", name="Leave nobody out").click()
    expect(page).to_have_url(re.compile(r"/compare\?s=left&s=right$"))


@pytest.mark.usefixtures("two")
def test_the_trials_of_each_study_stand_beneath_and_pins_are_of_both(page: Page) -> None:
    page.goto("/compare?s=left&s=right&pin=left:2")
    table = page.get_by_role("region", name="Trials")
    expect(table.get_by_label("Pin trial 2", exact=True)).to_be_checked()
    expect(table.locator("header")).to_contain_text("8 trials")
    table.get_by_role("combobox").select_option("right")
    table.get_by_label("Pin trial 9", exact=True).check()
    expect(page).to_have_url(re.compile(r"of=right&pin=left%3A2&pin=right%3A9|pin=left%3A2&of=right&pin=right%3A9"))
    legend = page.get_by_role("list", name="Legend")
    expect(legend).to_contain_text("trial 2 of left")
    expect(legend).to_contain_text("trial 9 of right")
    table.get_by_role("button", name="10", exact=True).click()
    expect(legend).to_contain_text("selected, trial 10 of right")
    page.get_by_label("Filter").fill("number = 12")
    expect(table.locator("header")).to_contain_text("1 of 8 trials")
    expect(page.locator(".chart-notes")).to_contain_text("15 filtered")


@pytest.mark.usefixtures("two")
def test_a_filter_is_tried_out_on_all_studies_and_outlives_the_leaving_of_one(page: Page) -> None:
    page.goto("/compare?s=left&s=right&s=nobody")
    expect(page.locator(".chart-notes")).to_contain_text("16 runs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "trial-numbers" in request.url else None)
    filter_ = page.get_by_label("Filter", exact=True)
    filter_.fill('notes ~ "20%de" or number = 12')
    expect(page.locator(".chart-notes")).to_contain_text("15 filtered")
    assert sorted(url.split("/studies/")[1].split("/")[0] for url in asked) == ["left", "right"]
    page.get_by_role("button", name="Leave nobody out").click()
    expect(page).to_have_url(re.compile(r"s=left&s=right"))
    expect(filter_).to_have_value('notes ~ "20%de" or number = 12')
