"""How a reader gets from a study to its confirmations and back, and what the ranking's rows tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from service.study.states import RunState, StudyState
from tests.browser.conftest import Service, served

pytestmark = pytest.mark.slow
NAME = "which-optimizer"


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A study whose accuracies lie close, as those of an easy problem do."""
    with served(tmp_path_factory.mktemp("service")) as service:
        study = service.filler.submit(name=NAME, pruner="none", replicates={"seeds": 3}, max_trials=12)
        service.filler.trials(study, dict.fromkeys(range(12), RunState.COMPLETED))
        service.filler.end(study, StudyState.COMPLETED, "all 12 trials are done")
        yield service


@pytest.fixture(params=[1440, 390])
def page(browser: Browser, confirmed: Service, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = browser.new_page(base_url=confirmed.url, viewport={"width": request.param, "height": 900})
    yield page
    page.close()


def test_a_study_and_its_confirmation_link_to_each_other_after_the_end_too(page: Page, confirmed: Service) -> None:
    made = page.request.post(f"/api/v1/studies/{NAME}:confirm", data={"k": 3, "seeds": 2}).json()
    study = confirmed.filler.store.studies.get(made["id"])
    with confirmed.filler.store.transaction(confirmed.filler.epoch) as transaction:
        transaction.set_study_state(study.id, StudyState.RUNNING, "")
    confirmed.filler.trials(study, dict.fromkeys(range(2), RunState.COMPLETED))
    confirmed.filler.end(study, StudyState.COMPLETED, "all trials are done")

    page.goto(f"/studies/{NAME}")
    page.get_by_role("region", name="Study").get_by_role("link", name=made["name"]).click()
    header = page.get_by_role("region", name="Study")
    expect(header).to_contain_text(re.compile(rf"Confirms trials \d+, \d+, \d+ of {NAME}, over seeds"))
    header.get_by_role("link", name=NAME, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(rf"^{NAME} "))


def test_the_list_has_confirmations_beneath_their_study_and_alone_where_it_is_not(
    page: Page, confirmed: Service
) -> None:
    filler, name = confirmed.filler, f"listed-{page.viewport_size['width'] if page.viewport_size else 0}"
    study = filler.submit(name=name, pruner="none", max_trials=3)
    filler.trials(study, dict.fromkeys(range(3), RunState.COMPLETED))
    filler.end(study, StudyState.COMPLETED, "all 3 trials are done")
    made = page.request.post(f"/api/v1/studies/{name}:confirm", data={"k": 2, "seeds": 2}).json()["name"]

    page.goto(f"/studies?q={name}")
    row = page.get_by_role("link", name=made)
    expect(page.get_by_text("1 confirmation, 1 under way", exact=True)).to_be_visible()
    expect(row).to_have_count(0)
    page.get_by_text("1 confirmation, 1 under way", exact=True).click()
    expect(page.get_by_role("list", name=f"Confirmations of {name}").get_by_role("link")).to_have_count(1)
    page.get_by_role("checkbox", name=f"Compare {made}").check()
    expect(page.get_by_role("link", name="Compare with…")).to_have_attribute("href", f"/compare?s={made}")

    page.goto(f"/studies?q={name}&states=active")
    expect(row).to_be_visible()
    expect(page.locator(".study-list > li")).to_have_count(1)


def test_each_row_of_the_ranking_says_what_differs_and_none_is_cut(page: Page, confirmed: Service) -> None:
    page.goto(f"/studies/{NAME}")
    places = page.get_by_role("list", name="The best trials")
    expect(places.get_by_role("listitem").first).to_contain_text("optimizer ", timeout=60_000)
    cut = "names => names.filter(name => name.scrollWidth > name.clientWidth).map(name => name.textContent)"
    assert places.locator(".forest-name, .forest-detail").evaluate_all(cut) == []
    renamed = "names => { for (const name of names) name.textContent = 'a_configuration_of_a_long_name'; }"
    places.locator(".forest-name").evaluate_all(renamed)
    assert places.locator(".forest-name").evaluate_all(cut) == []


def test_beside_a_confirmed_verdict_stands_the_confirmed_value_and_the_way_to_it(
    page: Page, confirmed: Service
) -> None:
    filler, name = confirmed.filler, f"agreeing-{page.viewport_size['width'] if page.viewport_size else 0}"
    study = filler.submit(name=name, pruner="none", replicates={"seeds": 2}, max_trials=2)
    for number, values in enumerate([[0.97, 0.99], [0.96, 0.94]]):
        filler.replicated(study, number, values)
    filler.end(study, StudyState.COMPLETED, "all 2 trials are done")
    made = filler.store.studies.get(
        page.request.post(f"/api/v1/studies/{name}:confirm", data={"k": 2, "seeds": 3}).json()["id"]
    )
    with filler.store.transaction(filler.epoch) as transaction:
        transaction.set_study_state(made.id, StudyState.RUNNING, "")
    for number, values in enumerate([[0.80, 0.81, 0.82], [0.90, 0.91, 0.92]]):
        filler.replicated(made, number, values, queue_position=number)
    filler.end(made, StudyState.COMPLETED, "all 2 trials are done")

    page.goto(f"/studies/{name}")
    rows = page.get_by_role("list", name="The best trials").get_by_role("listitem")
    expect(rows.first).to_contain_text("confirmed: 0.91\u00a0±\u00a00.01 (3 seeds), here 0.95", timeout=60_000)
    chosen = rows.nth(1)
    expect(chosen).to_contain_text("confirmed: 0.81\u00a0±\u00a00.01 (3 seeds), here 0.98")
    expect(chosen.locator(".number").first).to_contain_text(re.compile(r"^0\.81 the reference"))
    chosen.get_by_role("link", name="confirmed: 0.81").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(made.name)
    rows = page.get_by_role("list", name="The best trials")
    expect(rows.get_by_role("listitem").first).to_contain_text(f"of {name}", timeout=60_000)
    expect(rows).not_to_contain_text("confirmed: ")
