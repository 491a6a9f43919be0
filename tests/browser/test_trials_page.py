"""The table of trials, a trial's own page, a study's limits, and one stream for many tabs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from service.study.states import RunState, StudyState
from tests.browser.conftest import Service, served

pytestmark = pytest.mark.slow


def values(page: Page) -> list[str]:
    """The objective of the rows in view."""
    return page.locator("tbody tr td:nth-child(3)").all_inner_texts()


def test_a_filter_a_column_and_pins_stand_in_the_address_and_back_undoes_them(page: Page, service: Service) -> None:
    assert service.study is not None
    store = service.filler.store
    adamw = [t.number for t in store.trials.of_study(service.study.id) if t.parameters["optimizer"] == "adamw"]
    page.goto("/studies/digits/trials")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(30)
    box = page.get_by_label("Filter", exact=True)
    box.fill("optimizer = adamw")
    expect(rows).to_have_count(len(adamw))
    expect(page.locator(".trials .panel-head")).to_contain_text(f"{len(adamw)} of 30 trials")
    box.blur()

    page.get_by_role("button", name="Columns").click()
    assert page.locator(".column-list").evaluate("list => list.scrollWidth <= list.clientWidth")
    page.get_by_label("Find a column").fill("val_loss best")
    page.get_by_role("checkbox", name="val_loss best", exact=True).check()
    page.keyboard.press("Escape")
    heading = page.get_by_role("columnheader", name="val_loss best", exact=False)
    expect(heading.first).to_be_visible()
    first = int(page.locator(".trial-number").first.inner_text())
    (run,) = store.runs.of_trial(store.trials.get(service.study.id, first).id)
    least = float(store.curves.get(run.id, ["val_loss"]).metrics["val_loss"].min())
    expect(rows.first).to_contain_text(f"{least:.4g}")

    rows.first.click(modifiers=["Control"])
    expect(page).to_have_url(re.compile(rf"filter=optimizer.*col=metrics.val_loss.best.*pin={first}$"))
    shared = page.url
    page.go_back()
    expect(page).not_to_have_url(re.compile("pin="))
    page.go_back()
    expect(page.get_by_role("columnheader", name="val_loss best")).to_have_count(0)
    page.go_back()
    expect(rows).to_have_count(30)
    expect(box).to_have_value("")

    page.goto(shared)
    expect(page.locator("tr.is-pinned .trial-number")).to_have_text(str(first))
    expect(rows).to_have_count(len(adamw))


def test_trials_are_pinned_one_after_the_other(page: Page) -> None:
    page.goto("/studies/digits/trials?sort=number")
    pinned = page.locator("tr.is-pinned .trial-number")
    for number in (0, 1, 2):
        page.get_by_label(f"Pin trial {number}", exact=True).check()
        expect(pinned).to_have_count(number + 1)
    page.get_by_label("Pin trial 1", exact=True).uncheck()
    expect(pinned).to_have_text(["0", "2"])


def test_back_from_a_filter_is_undone_by_none_that_is_typed_after_it(page: Page) -> None:
    page.goto("/studies/digits/trials")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(30)
    box = page.get_by_label("Filter", exact=True)
    for words in ("number = 3", "number = 4"):
        box.fill(words)
        expect(page).to_have_url(re.compile("filter=number"))
        page.go_back()
        expect(page).to_have_url(re.compile("/trials$"))
        expect(rows).to_have_count(30)


def test_a_filter_that_can_be_answered_waits_for_no_pause_in_typing(browser: Browser, service: Service) -> None:
    with browser.new_context(base_url=service.url) as own:  # a clock is that of all pages of a context
        page = own.new_page()
        page.clock.install()
        page.goto("/studies/digits/trials")
        expect(page.get_by_role("row").nth(1)).to_be_visible()
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        with page.expect_response("**/trial-numbers*"):
            page.get_by_label("Filter", exact=True).fill("optimizer = adamw")
        page.clock.run_for(50)
        expect(page).to_have_url(re.compile("filter=optimizer"))


def test_a_wrong_filter_is_marked_where_it_goes_wrong(page: Page) -> None:
    page.goto("/studies/digits/trials?filter=optimizer+%3D%3D+adam")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("at character 12")
    expect(told.locator("mark")).to_have_text("=")
    expect(page.locator("tbody tr")).to_have_count(30)


def test_arrow_keys_go_from_trial_to_trial(page: Page) -> None:
    page.goto("/studies/digits/trials?sort=number")
    page.get_by_role("table", name="Trials").focus()
    for key, number in (("ArrowDown", "0"), ("ArrowDown", "1"), ("End", "29"), ("ArrowUp", "28")):
        page.keyboard.press(key)
        expect(page.locator("tr.is-selected .trial-number")).to_have_text(number)
    expect(page.get_by_role("complementary", name="Trial 28")).to_be_visible()


def test_a_trial_has_a_page_where_it_is_annotated_and_excluded(page: Page, service: Service) -> None:
    filler = service.filler
    study = filler.submit(name="annotated")
    filler.trials(study, {0: RunState.COMPLETED, 1: RunState.RUNNING})
    page.goto("/studies/annotated/trials/0")
    expect(page.get_by_role("region", name="Log")).to_contain_text("epoch 20: the loss is")
    page.get_by_role("textbox", name="Notes").fill("looks lucky")
    page.get_by_role("textbox", name="Tags").fill("odd, keep")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Discard")).to_have_count(0)
    page.get_by_role("button", name="Exclude").click()
    expect(page.get_by_role("button", name="Include again")).to_be_visible()
    trial = filler.store.trials.get(study.id, 0)
    assert (trial.notes, trial.tags, trial.excluded) == ("looks lucky", ("odd", "keep"), True)

    page.goto("/studies/annotated/trials/1")
    log = page.get_by_role("region", name="Log")
    expect(log).to_contain_text("Live")
    (run,) = filler.store.runs.of_trial(filler.store.trials.get(study.id, 1).id)
    with filler.store.transaction(filler.epoch) as transaction:
        transaction.append_log(run.id, "and on it goes\n")
    expect(log).to_contain_text("and on it goes")
    page.get_by_role("button", name="Cancel…").click()
    with page.expect_response("**/trials/1:cancel"):
        page.get_by_role("dialog").get_by_role("button", name="Cancel the trial").click()
    assert filler.store.trials.get(study.id, 1).cancel_wanted


def test_limits_are_changed_and_refused_at_their_field(page: Page, service: Service) -> None:
    study = service.filler.submit(name="extended")
    page.goto("/studies/extended/config")
    trials = page.get_by_label("Trials", exact=True)
    trials.fill("none")
    page.get_by_role("button", name="Save").click()
    expect(trials).to_have_attribute("aria-invalid", "true")
    trials.fill("50")
    page.get_by_label("hours", exact=True).fill("2.5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Discard")).to_have_count(0)
    changed = service.filler.store.studies.get(study.id)
    assert (changed.max_trials, dict(changed.budget)) == (50, {"hours": 2.5})


def test_seven_tabs_are_live_at_once(context: BrowserContext, service: Service) -> None:
    """A browser opens six connections to an origin: with a stream for each tab, the seventh would hang."""
    filler = service.filler
    studies = [filler.submit(name=f"tab-{place}") for place in range(7)]
    pages = [context.new_page() for _ in studies]
    try:
        for page, study in zip(pages, studies, strict=True):
            page.goto(f"/studies/{study.name}/trials")
            expect(page.get_by_text("Live", exact=True)).to_be_visible()
        for page, study in zip(pages, studies, strict=True):
            filler.trials(study, {0: RunState.COMPLETED})
            expect(page.locator("tbody tr")).to_have_count(1)
            filler.end(study, StudyState.STOPPED, "enough")
            expect(page.get_by_text("enough")).to_be_visible()
    finally:
        for page in pages:
            page.close()


def test_a_study_is_written_checked_and_submitted_in_the_browser(page: Page, service: Service) -> None:
    page.goto("/studies/new")
    editor = page.get_by_role("textbox", name="Definition")
    expect(page.get_by_text("10 configurations as they would be drawn")).to_be_visible()
    editor.fill("name: written\nexperiment: digits-mlp\nspace:\n  optimizer: {choice: [adamm, sgd]}\nmax_trials: 3\n")
    expect(page.get_by_role("alert")).to_contain_text("did you mean")
    assert page.get_by_role("alert").inner_text().count("did you mean") == 1
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    editor.fill("name: digits\nexperiment: digits-mlp\nspace:\n  optimizer: {choice: [adam, sgd]}\nmax_trials: 3\n")
    expect(page.locator(".cm-lintRange-warning")).to_have_text("name")
    expect(page.get_by_text("a study named 'digits' exists; 'digits-2' is free")).to_be_visible()
    editor.fill("name: written\nexperiment: digits-mlp\nspace:\n  optimizer: {choice: [adam, sgd]}\nmax_trials: 3\n")
    page.get_by_role("button", name="Submit").click()
    expect(page).to_have_url(re.compile("/studies/written$"))
    assert service.filler.store.studies.get("written").max_trials == 3


def test_what_passed_and_what_was_training_are_told_apart(page: Page) -> None:
    page.goto("/studies")
    row = page.locator(".study-row").filter(has=page.get_by_text("digits", exact=True))
    said = row.get_by_text(re.compile(" training$")).inner_text()
    page.goto("/studies/digits")
    took = page.locator(".fact", has_text="Took")
    expect(took).to_contain_text(said)
    expect(took.get_by_title("From its start to its end")).to_be_visible()
    page.goto("/studies/digits/config")
    expect(page.get_by_text(said.replace("training", "spent training"))).to_be_visible()


def test_a_study_is_found_in_the_list(page: Page, service: Service) -> None:
    service.filler.submit(name="needle", tags=["paper"])
    page.goto("/studies")
    search = page.get_by_label("Find studies")
    links = page.locator(".study-row")
    for words in ("needl", "paper", 'name = "needle"'):
        search.fill(words)
        expect(links).to_have_count(1)
        expect(links).to_contain_text("needle")
    page.get_by_role("button", name="Ended").click()
    expect(page.get_by_role("heading", name="No study is like that")).to_be_visible()


def test_what_is_read_stays_while_the_library_of_pictures_comes(page: Page) -> None:
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    page.route(re.compile("/assets/EChart"), hold)
    page.goto("/studies/digits/insight")
    expect(page.locator(".echart[aria-busy=true]").first).to_be_attached(timeout=60_000)
    expect(page.get_by_label("Across")).to_be_visible(timeout=60_000)  # a process starts that analyzes
    expect(page.get_by_role("region", name="What ran where when")).to_be_visible()
    late[0].continue_()
    expect(page.locator(".echart canvas").first).to_be_visible()
    expect(page.locator(".echart[aria-busy=true]")).to_have_count(0)


def test_what_the_trials_tell_is_drawn(page: Page) -> None:
    page.set_default_timeout(30_000)
    page.goto("/studies/digits/insight")
    pictures = page.locator(".echart canvas")
    expect(pictures).to_have_count(5, timeout=60_000)
    first = page.get_by_role("region", name="What decides").get_by_role("button").first
    name = (first.get_attribute("title") or "").partition(":")[0]
    assert name
    first.click()
    expect(page.get_by_label("Parameter", exact=True)).to_have_value(name)
    page.get_by_label("Parameter", exact=True).select_option("optimizer")
    expect(page).to_have_url(re.compile("parameter=optimizer$"))
    expect(page.get_by_role("img", name="val_accuracy by optimizer", exact=True)).to_be_visible()


def test_a_pair_of_parameters_is_one_step_and_what_no_trial_has_is_said(page: Page) -> None:
    def paired(route: Route) -> None:
        found = route.fetch().json()
        pair = {"parameters": ["schedule", "initializer"], "strength": 0.3, "p": 0.001, "n": 30}
        route.fulfill(json={**found, "pairs": [pair]})

    page.set_default_timeout(60_000)
    page.route("**/effects?*", paired)
    page.goto("/studies/digits/insight")
    together = page.get_by_role("region", name="Two parameters together")
    together.get_by_label("Across").select_option("optimizer")
    together.get_by_role("button", name="schedule with initializer").click()
    expect(page).to_have_url(re.compile("across=schedule&up=initializer"))
    page.go_back()
    expect(page).to_have_url(re.compile("across=optimizer$"))

    page.goto("/studies/digits/insight?across=optimizer.adamw.lr&up=optimizer.rmsprop.lr")
    expect(together).to_contain_text("No completed trial has both of them.")


def test_pictures_that_have_no_answer_say_why(page: Page) -> None:
    page.route(
        "**/effects?*", lambda route: route.fulfill(status=422, json={"title": "Invalid", "detail": "not today"})
    )
    page.goto("/studies/digits/insight")
    for name in ("Effect of one parameter", "Two parameters together"):
        expect(page.get_by_role("region", name=name)).to_contain_text("not today", timeout=60_000)


def test_what_goes_on_lasts_until_now_while_the_timeline_is_asked_for_again(page: Page, service: Service) -> None:
    study = service.filler.submit(name="lasting")
    service.filler.trials(study, {0: RunState.RUNNING})
    page.goto("/studies/lasting/insight")
    timeline = page.get_by_role("region", name="What ran where when")
    expect(timeline).to_contain_text("with a run 100 %")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/timeline", hold)
    service.filler.end(study, StudyState.STOPPED, "enough")
    expect(page.get_by_text("enough")).to_be_visible()
    expect(timeline).to_contain_text("with a run 100 %")
    for route in held:
        route.continue_()


def test_studies_that_are_not_known_have_not_ended(page: Page) -> None:
    page.route(
        "**/api/v1/studies?*", lambda route: route.fulfill(status=422, json={"title": "Invalid", "detail": "not today"})
    )
    page.goto("/workers")
    expect(page.get_by_text("not today")).to_be_visible()
    expect(page.get_by_role("heading", name="What ran where when")).to_be_visible()
    expect(page.get_by_text("every study has ended")).to_have_count(0)


def test_the_queue_has_every_study_that_goes_on(browser: Browser, tmp_path: Path) -> None:
    n = 60
    with served(tmp_path) as service:
        for number in range(n):
            service.filler.submit(name=f"one-of-many-{number}")
        page = browser.new_page(base_url=service.url)
        page.goto("/workers")
        rows = page.get_by_role("region", name="Studies that go on").get_by_role("listitem")
        expect(rows).to_have_count(n)
        page.close()


def test_a_brush_on_the_parallel_axes_pins_what_passes_there(page: Page, service: Service) -> None:
    assert service.study is not None
    best = service.filler.store.studies.get(service.study.id).best
    assert best is not None
    page.set_default_timeout(60_000)
    page.goto("/studies/digits/insight")
    picture = page.get_by_role("region", name="All parameters side by side").locator("canvas").first
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    x, top = box["x"] + box["width"] - 84, box["y"] + 52  # the objective's axis, whose best value is at its top
    page.mouse.move(x, top - 2)
    page.mouse.down()
    page.mouse.move(x, top + 20)
    page.mouse.move(x, top + 60, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(rf"[?&]pin={best[0]}(&|$)"))
    page.get_by_role("link", name="Trials", exact=True).click()
    expect(page.locator("tr.is-pinned .trial-number").filter(has_text=re.compile(f"^{best[0]}$"))).to_have_count(1)


def test_every_picture_is_a_table_too(page: Page, service: Service) -> None:
    assert service.study is not None
    done = [t for t in service.filler.store.trials.of_study(service.study.id) if t.state is RunState.COMPLETED]
    ranked = sorted(done, key=lambda trial: -(trial.value or 0))
    page.set_default_timeout(60_000)
    page.goto("/studies/digits/insight?parameter=optimizer&across=optimizer&up=schedule")

    def table(region: str) -> Locator:
        place = page.get_by_role("region", name=region, exact=True)
        place.locator("summary").click()
        return place.get_by_role("table")

    effect = table("Effect of one parameter")
    for name in {str(trial.parameters["optimizer"]) for trial in done}:
        values = [trial.value or 0 for trial in done if trial.parameters["optimizer"] == name]
        expect(effect.get_by_role("row", name=f"{name} {len(values)} {np.median(values):.4g}")).to_be_visible()
    together = table("Two parameters together").get_by_role("row")
    expect(together).to_have_count(1 + len(done))
    best = ranked[0]
    first = [str(best.number), *(str(best.parameters[name]) for name in ("optimizer", "schedule")), f"{best.value:.4g}"]
    expect(together.nth(1).get_by_role("cell")).to_have_text(first)
    history = table("How the best came about").get_by_role("row")
    expect(history.nth(2).get_by_role("cell")).to_have_text([str(ranked[1].number), f"{ranked[1].value:.4g}"])

    parallel = table("All parameters side by side")
    parallel.get_by_label(f"Pin trial {best.number}", exact=True).check()
    expect(page).to_have_url(re.compile(rf"pin={best.number}$"))
    parallel.get_by_role("link", name=str(best.number), exact=True).click()
    expect(page.get_by_role("heading", name=f"Trial {best.number}")).to_be_visible()
