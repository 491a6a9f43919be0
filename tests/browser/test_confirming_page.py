"""A study's page while it is confirmed: how far that is, and what it decides, without being loaded anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from service.study.records import Study
from service.study.states import RunState, StudyState
from tests.browser.conftest import Service, served
from tests.browser.filling import Filler

pytestmark = pytest.mark.slow
SPACE = {"optimizer": {"choice": ["sgd", "adam"]}}
VALUES = ([0.80, 0.81, 0.82, 0.80, 0.81], [0.90, 0.92, 0.91, 0.90, 0.91])
"""What confirmed trials come to: the second is the better one by far."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without studies."""
    with served(tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """A page of a browser of its own, as what was asked for before is kept."""
    page = browser.new_page(base_url=service.url, viewport={"width": 1440, "height": 900})
    yield page
    page.close()


def searched(filler: Filler, name: str) -> Study:
    """A study that has ended, of two choices."""
    study = filler.submit(name=name, sampler="random", pruner="none", space=SPACE)
    filler.trials(study, dict.fromkeys(range(12), RunState.COMPLETED))
    filler.end(study, StudyState.COMPLETED, "all 12 trials are done")
    return study


def begun(filler: Filler, name: str) -> Study:
    """The confirmation, RUNNING, with the first of its two trials done; each has seeds of its own."""
    study = filler.store.studies.get(name)
    with filler.store.transaction(filler.epoch) as transaction:
        transaction.set_study_state(study.id, StudyState.RUNNING, "")
    filler.replicated(study, 0, VALUES[0], queue_position=0, first_seed=_first_seed(study))
    return study


def ended(filler: Filler, study: Study) -> None:
    filler.replicated(study, 1, VALUES[1], queue_position=1, first_seed=_first_seed(study))
    filler.end(study, StudyState.COMPLETED, "all 2 trials are done")


def _first_seed(confirmation: Study) -> int:
    return 100 * int(confirmation.name.rsplit("-", 1)[1])


def short(page: Page) -> Locator:
    return page.get_by_role("region", name="Short answer")


def test_what_was_confirmed_is_told_where_it_was_asked_for(page: Page, service: Service) -> None:
    searched(service.filler, "levels")
    page.goto("/studies/levels?group=optimizer")
    short(page).get_by_role("button", name="Confirm the best of each").click(timeout=60_000)
    page.get_by_role("button", name="Confirm them").click()
    under_way = short(page).get_by_role("list", name="Confirmations under way")
    expect(under_way).to_contain_text("levels-confirm-1: queued")
    expect(page.get_by_role("region", name="Study")).to_contain_text("Being confirmed by levels-confirm-1")
    expect(short(page).get_by_role("button")).to_have_count(0)

    made = begun(service.filler, "levels-confirm-1")
    expect(under_way).to_contain_text("levels-confirm-1: 10 of 20 runs")
    expect(under_way.get_by_role("link", name="levels-confirm-1")).to_have_attribute(
        "href", "/studies/levels-confirm-1"
    )
    ended(service.filler, made)
    expect(under_way).to_have_count(0)
    expect(short(page)).to_contain_text("better", timeout=60_000)
    expect(short(page)).not_to_contain_text("under way")


def test_a_trial_of_a_confirmation_that_is_excluded_counts_no_more_on_its_study_s_open_page(
    page: Page, service: Service
) -> None:
    searched(service.filler, "excluding")
    answer = page.request.get("/api/v1/compare", params={"study": "excluding", "by": "optimizer"}).json()
    asked = {"trials": answer["tuned"]["confirm"]["trials"], "seeds": 5}
    page.request.post("/api/v1/studies/excluding:confirm", data=asked)
    ended(service.filler, begun(service.filler, "excluding-confirm-1"))
    page.goto("/studies/excluding?group=optimizer")
    at_its_best = short(page).get_by_role("definition").first
    expect(at_its_best).to_contain_text("better", timeout=60_000)

    trial = "/api/v1/studies/excluding-confirm-1/trials/1"
    assert page.request.post(f"{trial}:exclude").status == 202
    expect(at_its_best).to_contain_text("not decided yet", timeout=60_000)
    assert page.request.post(f"{trial}:include").status == 202
    expect(at_its_best).to_contain_text("better", timeout=60_000)


def test_a_confirmation_that_was_asked_for_elsewhere_is_seen_and_decides_the_ranking(
    page: Page, service: Service
) -> None:
    filler = service.filler
    searched(filler, "ranked")
    page.goto("/studies/ranked")
    expect(short(page).get_by_role("button", name="Confirm…")).to_be_visible(timeout=60_000)
    page.request.post("/api/v1/studies/ranked:confirm", data={"k": 2, "seeds": 5})
    expect(short(page)).to_contain_text("ranked-confirm-1: queued")
    ended(filler, begun(filler, "ranked-confirm-1"))
    places = page.get_by_role("list", name="The best trials")
    expect(places).to_contain_text("(5 seeds)", timeout=60_000)

    page.request.post("/api/v1/studies/ranked:confirm", data={"k": 2, "seeds": 5})
    page.get_by_role("region", name="Study").get_by_role("link", name="ranked-confirm-2").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ranked-confirm-2")
    second = begun(filler, "ranked-confirm-2")
    expect(short(page)).to_contain_text("This confirmation: 5 of 10 runs", timeout=60_000)
    ended(filler, second)
    expect(places).to_contain_text("(10 seeds)", timeout=60_000)
    page.go_back()
    confirmed = re.compile(r"confirmed: trial \d+ with 0\.908\s±\s0\.0\d+ \(10 seeds\)")
    best = page.get_by_role("region", name="Study").locator(".fact-strong")
    expect(best).to_contain_text("Best in the search", timeout=60_000)
    expect(best).to_contain_text(confirmed, timeout=60_000)
    expect(places).to_contain_text("(10 seeds)", timeout=60_000)
    expect(places).not_to_contain_text("(5 seeds)")
