"""A study's page: its buttons, which ask before something is lost, and its table of trials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from service.study.states import Desired, RunningTrials, RunState, StudyState
from tests.browser.conftest import Service
from tests.browser.filling import point

pytestmark = pytest.mark.slow


def buttons(page: Page) -> Locator:
    """What can be asked of the study."""
    return page.locator(".actions").get_by_role("button")


@contextmanager
def unanswered(page: Page, address: str) -> Iterator[None]:
    """What is asked of an address is asked only behind this."""
    held: list[Route] = []
    is_over = False

    def hold(route: Route) -> None:
        if is_over:  # what is asked only now is not held, and not forgotten either
            route.continue_()
        else:
            held.append(route)

    page.route(address, hold)
    yield
    is_over = True
    for route in held:
        route.continue_()


def test_trials_are_asked_for_before_it_is_known_what_they_are_of(page: Page, service: Service) -> None:
    service.filler.trials(service.filler.submit(name="at-once"), {0: RunState.COMPLETED})
    with (
        unanswered(page, "**/api/v1/studies/at-once"),
        page.expect_request("**/api/v1/studies/at-once/trials?*"),
    ):
        page.goto("/studies/at-once", wait_until="commit")
    expect(page.locator("tr.trial")).to_have_count(1)


def test_what_comes_between_the_trials_and_their_study_is_not_missed(page: Page, service: Service) -> None:
    study = service.filler.submit(name="between")
    service.filler.trials(study, {0: RunState.COMPLETED})
    with unanswered(page, "**/api/v1/studies/between"):
        with page.expect_request_finished(lambda request: "/studies/between/trials?" in request.url):
            page.goto("/studies/between", wait_until="commit")
        service.filler.trials(study, {1: RunState.COMPLETED})
    expect(page.locator("tr.trial")).to_have_count(2)


def test_stop_asks_first_and_offers_both(page: Page, service: Service) -> None:
    study = service.filler.submit(name="stopping")
    service.filler.trials(study, {0: RunState.COMPLETED, 1: RunState.RUNNING, 2: RunState.RUNNING})
    page.goto("/studies/stopping")
    expect(buttons(page)).to_have_text(["Pause", "Stop…", "Delete…"])
    expect(page.locator(".progress-text")).to_contain_text("left")
    page.get_by_role("button", name="Stop…").click()
    dialog = page.get_by_role("dialog", name="Stop stopping?")
    expect(dialog).to_contain_text("2 running trials")
    expect(dialog.get_by_label("Train to the end.")).to_be_checked()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Stop…")).to_be_focused()
    assert service.filler.store.studies.get(study.id).desired is Desired.RUNNING

    page.get_by_role("button", name="Stop…").click()
    dialog.get_by_role("button", name="Stop the study").click()
    expect(page.get_by_text("stopping: 2 trials train to their end")).to_be_visible()
    expect(page.locator(".progress-text")).not_to_contain_text("left")
    expect(buttons(page)).to_have_text(["Resume", "Stop now…", "Delete…"])

    page.get_by_role("button", name="Stop now…").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop them at the next batch").click()
    expect(page.get_by_text("stopping: 2 trials end at their next batch")).to_be_visible()
    expect(buttons(page)).to_have_text(["Resume", "Delete…"])
    wished = service.filler.store.studies.get(study.id)
    assert (wished.desired, wished.stop_running) == (Desired.STOPPED, RunningTrials.CHECKPOINT)


def test_stop_at_the_next_batch_is_one_choice_away(page: Page, service: Service) -> None:
    study = service.filler.submit(name="stopped-now")
    service.filler.trials(study, {0: RunState.RUNNING})
    page.goto("/studies/stopped-now")
    page.get_by_role("button", name="Stop…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Stop at the next batch.").check()
    dialog.get_by_role("button", name="Stop the study").click()
    expect(page.get_by_text("stopping: 1 trial ends at its next batch")).to_be_visible()
    service.filler.end(study, StudyState.STOPPED, "stopped by request")
    expect(page.get_by_text("stopped by request")).to_be_visible()
    expect(buttons(page)).to_have_text(["Resume", "Delete…"])


def test_a_paused_study_has_no_time_left_and_can_be_stopped(page: Page, service: Service) -> None:
    study = service.filler.submit(name="resting")
    service.filler.trials(study, {0: RunState.COMPLETED})
    service.filler.store.desired_state.set(study.id, Desired.PAUSED)
    service.filler.end(study, StudyState.PAUSED, "paused by request")
    page.goto("/studies/resting")
    expect(buttons(page)).to_have_text(["Resume", "Stop…", "Delete…"])
    expect(page.locator(".progress-text")).not_to_contain_text("left")
    expect(page.locator(".facts")).not_to_contain_text("Running for")
    page.get_by_role("button", name="Stop…").click()
    expect(page.get_by_role("dialog")).to_contain_text("No trial starts any more")
    expect(page.get_by_role("radio")).to_have_count(0)


def test_delete_asks_says_what_goes_and_leads_to_the_list(page: Page, service: Service) -> None:
    study = service.filler.submit(name="doomed")
    service.filler.trials(study, {0: RunState.COMPLETED, 1: RunState.RUNNING})
    page.goto("/studies/doomed")
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete doomed?")
    for words in (
        "2 trials with parameters and results",
        "curves, logs and artifacts",
        "1 running trial will be ended",
    ):
        expect(dialog).to_contain_text(words)
    dialog.get_by_role("button", name="Cancel").click()
    assert service.filler.store.studies.get(study.id).desired is Desired.RUNNING
    page.get_by_role("button", name="Delete…").click()
    dialog.get_by_role("button", name="Delete the study").click()
    expect(page).to_have_url(re.compile("/studies$"))
    expect(page.get_by_role("link", name=re.compile("^digits"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^doomed"))).to_have_count(0)
    assert service.filler.store.studies.get(study.id).desired is Desired.DELETED


def test_what_is_complete_can_only_be_deleted(page: Page) -> None:
    page.goto("/studies/digits")
    expect(buttons(page)).to_have_text(["Delete…"])
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_contain_text("its experiment in MLflow")


def test_a_reason_takes_no_line_until_it_is_asked_for(page: Page) -> None:
    page.goto("/studies/digits")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(30)
    expect(page.locator(".trials .panel-head")).to_contain_text("completed first, then pruned, whatever")
    pruned = page.locator("tr.is-pruned").first
    reason = pruned.locator(".row-reason")
    expect(reason).to_be_hidden()
    heights = [rows.nth(n).evaluate("row => row.offsetHeight") for n in range(30)]
    assert max(heights) - min(heights) <= 3, "the best row is a little higher, no other"
    pruned.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(reason).to_be_visible()
    expect(reason).to_contain_text("below the median of 9 trials")
    pruned.locator("summary").click()
    expect(reason).to_be_hidden()
    expect(page.locator("tr.is-selected")).to_have_count(0)


def test_running_trials_show_what_they_have_reached(page: Page, service: Service) -> None:
    study = service.filler.submit(name="under-way")
    service.filler.trials(study, {0: RunState.PRUNED, 1: RunState.RUNNING, 2: RunState.COMPLETED})
    page.goto("/studies/under-way?metric=lr")
    rows = page.locator("tbody tr")
    expect(page.locator(".trial-number")).to_have_text(["2", "1", "0"])
    best = max(point(1, epoch).metrics["val_accuracy"] for epoch in range(1, 9))
    expect(rows.nth(1)).to_contain_text(f"{best:.4g} so far")
    service.filler.report(study, 1, 20)
    later = point(1, 20).metrics["val_accuracy"]
    assert later > best
    expect(rows.nth(1)).to_contain_text(f"{later:.4g} so far")


def test_a_member_of_a_population_shows_from_whom_it_went_on_and_is_trained_again(page: Page, service: Service) -> None:
    rate = {"name": "momentum", "lr": {"log_uniform": [1e-3, 1.0]}}
    sampler = {"name": "pbt", "population": 3, "interval": 4}
    study = service.filler.submit(
        name="members", sampler=sampler, pruner="none", space={"optimizer": rate}, max_trials=None
    )
    service.filler.trials(study, dict.fromkeys(range(3), RunState.RUNNING))
    service.filler.taken_over(study, 0, 2, 4, {"optimizer.lr": 0.0125})
    page.goto("/studies/members/trials/0")
    expect(page.get_by_role("region", name="Curves").get_by_role("img")).to_have_accessible_name(
        "val_accuracy by epoch"
    )
    steps = page.get_by_role("region", name="Population").get_by_role("listitem")
    expect(steps).to_have_count(1)
    expect(steps).to_contain_text(re.compile(r"epoch 4 from trial 2 .* · optimizer.lr [\d.e-]+ → 0.0125"))
    schedule = page.get_by_role("table").get_by_role("row")
    expect(schedule.nth(2)).to_have_text("50.0125")
    steps.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Trial 2")).to_be_visible()
    expect(steps).to_contain_text("epoch 4 from its own")
    page.go_back()
    page.get_by_role("link", name="Train again").click()
    expect(page).to_have_url(re.compile(r"/studies/new\?study=members&trial=0"))
    expect(page.get_by_label("Definition", exact=True)).to_contain_text("members-trial-0")


def test_several_objectives_are_told_apart_everywhere(page: Page, service: Service) -> None:
    study = service.filler.submit(name="both", objective=["val_accuracy", "val_loss"], pruner="none")
    service.filler.trials(study, {0: RunState.COMPLETED, 1: RunState.COMPLETED, 2: RunState.COMPLETED})
    page.goto("/studies")
    expect(page.get_by_role("link", name=re.compile("^both"))).to_contain_text("highest val_accuracy, lowest val_loss")
    expect(page.get_by_role("img", name="improvements of val_accuracy, the first of 2 objectives")).to_be_visible()
    page.goto("/studies/both/trials")
    expect(page.locator(".facts")).to_contain_text("maximize val_accuracy")
    expect(page.get_by_role("columnheader", name=re.compile("objective 2"))).to_contain_text("val_loss")
    page.get_by_role("link", name="Pareto set").click()
    expect(page.get_by_role("img", name="val_accuracy by trial")).to_be_visible()
    page.get_by_label("By the objective").select_option("val_loss")
    expect(page).to_have_url(re.compile("objective=val_loss"))
    expect(page.get_by_role("img", name="val_loss by trial")).to_be_visible()


def test_the_code_and_the_libraries_of_a_study_stand_beside_its_definition(page: Page, service: Service) -> None:
    own = {
        "code_hash": "3f2a91c0" * 8,
        "code": {"model.mine": "4a2a91c0" * 8},
        "git": [{"folder": "/home/somebody/nets", "commit": "1b2c3d4e5f", "dirty": True}],
        "packages": {"torch": "2.13.0"},
    }
    service.filler.submit(own, name="own-code")
    page.goto("/studies/own-code/config")
    code = page.get_by_role("region", name="Code")
    expect(code.locator("dl").first).to_have_text(
        "your code, all of it3f2a91cmodel.mine4a2a91crepositorynets at 1b2c3d4, changed since"
    )
    expect(code.get_by_text("2.13.0")).to_be_hidden()
    code.get_by_text("Versions").click()
    expect(code.get_by_text("2.13.0")).to_be_visible()

    service.filler.submit(name="built-in-code")
    page.goto("/studies/built-in-code/config")
    expect(code).to_have_text("CodeComponents of the catalog alone, no code of yours.")


def test_the_facts_of_a_study_with_a_test_result_stand_in_one_line(page: Page, service: Service) -> None:
    for name in ("measured-first", "measured"):
        study = service.filler.submit(name=name, replicates={"seeds": 6}, pruner="none")
        runs = service.filler.replicated(study, 0, [0.9747, 0.9731, 0.9752, 0.9711, 0.9788, 0.9747])
        of_run: dict[str, object] = {"fold": None, "metrics": {"test_loss": 0.1}, "reason": "", "data_hash": "one"}
        result = {
            "trial": 0,
            "n": 6,
            "metrics": {"test_accuracy": 0.9654321, "test_loss": 0.1131234},
            "std": {"test_accuracy": 0.0055812, "test_loss": 0.0135123},
            "reason": "",
            "runs": [{"run": run.id, "seed": run.seed, **of_run} for run in runs],
        }
        with service.filler.store.transaction(service.filler.epoch) as transaction:
            transaction.set_test_result(study.id, result)
        service.filler.end(study, StudyState.COMPLETED, "all trials are done")
    page.goto("/studies/measured")
    facts = page.locator(".facts .fact")
    expect(facts).to_have_count(5)
    expect(page.locator(".facts")).to_contain_text("look 2")
    assert len({place["y"] for fact in facts.all() if (place := fact.bounding_box())}) == 1


def test_parallel_axes_begin_with_the_most_important_parameters_and_have_all_at_hand(page: Page) -> None:
    page.goto("/studies/digits/insight")
    picture = page.get_by_role("region", name="All parameters side by side")
    chart = picture.get_by_role("img", name=re.compile("^parallel axes of"))
    expect(chart).to_be_visible(timeout=60_000)

    def axes() -> list[str]:
        named = re.search("parallel axes of (.*), colored by", chart.get_attribute("aria-label") or "")
        return named[1].split(", ") if named else []

    first = axes()
    assert len(first) == 10
    most = page.request.get("/api/v1/studies/digits/importances").json()["items"][0]["parameter"].split(".")
    assert first[0] == f"{most[0]}.{most[-1]}"
    every = picture.get_by_role("button", name=re.compile(r"^all \d+$"))
    n = int(every.inner_text().split()[1])
    every.click()
    expect(chart).to_have_attribute("aria-label", re.compile(rf"^parallel axes of ([^,]+, ){{{n}}}colored by"))
    assert axes()[:10] == first
