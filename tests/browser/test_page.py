"""What a reader sees and does: the list, a study's curves and trials, one trial, and what goes wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.storage.mlflow_sync.summaries import Settled
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.states import RunState, StudyState
from tests.browser.chart import ink, point_at_last_epoch, wait_for_ink
from tests.browser.conftest import Service, served

pytestmark = pytest.mark.slow


def best_number(service: Service) -> int:
    """The best trial, as the store has it."""
    assert service.study is not None
    best = service.filler.store.studies.get(service.study.id).best
    assert best is not None
    return best[0]


def test_list_leads_to_the_study(page: Page) -> None:
    page.goto("/")
    row = page.get_by_role("listitem").filter(has_text="digits-mlp").filter(has_text="30 / 30 trials")
    expect(row).to_contain_text("completed")
    expect(row).to_contain_text("highest val_accuracy")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/studies/digits$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("digits")
    expect(page.get_by_text("all 30 trials are done")).to_be_visible()
    expect(page.locator(".progress")).to_contain_text("20 completed9 pruned1 failed")


def test_curves_of_all_runs_with_the_best_in_its_color(page: Page, service: Service) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    legend = page.get_by_role("list", name="Legend")
    for words in (f"best, trial {best_number(service)}", "20 completed", "9 pruned", "1 failed", "validation", "train"):
        expect(legend).to_contain_text(words)
    expect(page.get_by_role("img", name="accuracy of 30 runs")).to_be_visible()
    assert len(ink(page)) > 100, "the other curves have shades of the ramp"


def test_metric_axis_and_scale_are_chosen_and_kept_in_the_address(page: Page) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    before = ink(page)
    page.get_by_label("Metric").select_option("loss")
    page.get_by_label("Against").select_option("wall_time")
    page.get_by_role("button", name="Log").click()
    expect(page).to_have_url(re.compile(r"metric=loss&x=wall_time&y=log"))
    page.reload()
    expect(page.get_by_role("button", name="Log")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("img", name="loss of 30 runs")).to_be_visible()
    wait_for_ink(page)
    assert ink(page) != before
    page.get_by_label("Metric").select_option("lr")
    expect(page.get_by_label("Train curves")).to_have_count(0)


def test_outliers_and_points_without_a_logarithm_are_counted(page: Page) -> None:
    page.goto("/studies/digits?metric=lr&y=log")
    expect(page.locator(".chart-notes")).to_contain_text("20 points at or below zero not on the log axis")


def test_coloring_by_a_component(page: Page) -> None:
    page.goto("/studies/digits")
    page.get_by_label("Color by").select_option("optimizer")
    legend = page.get_by_role("list", name="Legend")
    counts = re.findall(r"(?:adam|adamw|nesterov|rmsprop) (\d+)", legend.inner_text())
    assert len(counts) == 4
    assert sum(map(int, counts)) == 30


def test_table_marks_the_best_and_sorts(page: Page, service: Service) -> None:
    page.goto("/studies/digits")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(30)
    expect(rows.first.locator(".best-mark")).to_have_text("best seen")
    expect(rows.first.get_by_role("button")).to_have_text(str(best_number(service)))
    expect(page.locator("tbody .best-mark")).to_have_count(1)
    page.get_by_role("button", name="#", exact=True).click()
    expect(rows.first.get_by_role("button")).to_have_text("0")
    page.get_by_role("button", name="optimizer lr", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("lr")
    rates = [float(text) for text in page.locator("tbody tr td:nth-child(7)").all_inner_texts()]
    assert rates == sorted(rates)
    expect(page).to_have_url(re.compile(r"\?sort=optimizer\.lr$"))
    page.go_back()
    page.go_back()
    expect(rows.first.get_by_role("button")).to_have_text(str(best_number(service)))
    expect(rows.filter(has_text="pruned at epoch").first).to_be_visible()


def test_links_lead_to_mlflow(page: Page) -> None:
    page.goto("/studies/digits?trial=3")
    runs = "/mlflow/#/experiments?workflowType=machine_learning"
    expect(page.get_by_role("link", name="MLflow", exact=True)).to_have_attribute("href", runs)
    study = page.get_by_label("Study", exact=True).get_by_role("link", name="Open in MLflow")
    expect(study).to_have_attribute("href", "/mlflow/#/experiments/42/runs?workflowType=machine_learning")
    run = page.get_by_role("complementary", name="Trial 3").get_by_role("link", name="Open in MLflow")
    expect(run).to_have_attribute("href", "/mlflow/#/experiments/42/runs/mlflow-3?workflowType=machine_learning")
    row = page.locator("tr.is-selected").get_by_role("link", name="run")
    expect(row).to_have_attribute("href", "/mlflow/#/experiments/42/runs/mlflow-3?workflowType=machine_learning")


def test_row_selects_its_trial_and_lets_it_go(page: Page) -> None:
    page.goto("/studies/digits")
    page.locator("tbody tr").nth(4).click()
    number = page.locator("tr.is-selected .trial-number").inner_text()
    expect(page).to_have_url(re.compile(rf"\?trial={number}$"))
    expect(page.get_by_role("complementary", name=f"Trial {number}")).to_be_visible()
    wait_for_ink(page, "20,24,31")
    page.locator("tr.is-selected").click()
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_curve_shows_its_trial_and_selects_its_row(page: Page, service: Service) -> None:
    best = best_number(service)
    page.goto("/studies/digits")
    wait_for_ink(page)
    point_at_last_epoch(page)
    tooltip = page.get_by_role("tooltip")
    expect(tooltip).to_contain_text("at epoch 20")
    expect(tooltip).to_contain_text("optimizer.lr")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("tr.is-selected .trial-number")).to_have_text(str(best))


def test_trial_in_detail_from_a_deep_link_to_its_run(page: Page, service: Service) -> None:
    assert service.study is not None
    page.goto(f"/studies/digits?run=run_{service.study.id}_3")
    panel = page.get_by_role("complementary", name="Trial 3")
    expect(panel.get_by_role("tabpanel")).to_contain_text("optimizer")
    expect(panel.get_by_role("heading", name=re.compile(r"At the best epoch \(\d+\)"))).to_be_visible()
    panel.get_by_role("tab", name="Config").click()
    study, config = panel.locator("pre").all()
    expect(study).to_contain_text("name: digits-trial-3")
    (run,) = service.filler.store.runs.of_trial(service.filler.store.trials.get(service.study.id, 3).id)
    expect(config).to_contain_text(f"seed: {run.seed}")
    panel.get_by_role("tab", name="Artifacts").click()
    picture = panel.get_by_role("img", name="confusion_matrix.png")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 240)
    panel.get_by_role("tab", name="Log").click()
    expect(panel.locator("pre")).to_contain_text("epoch 20: the loss is")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_new_points_and_ends_appear_without_a_reload(page: Page, service: Service) -> None:
    filler = service.filler
    study = filler.submit(name="live", max_trials=4)
    filler.trials(study, {0: RunState.RUNNING})
    page.goto("/studies/live")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    expect(page.get_by_role("img", name="accuracy of 1 run")).to_be_visible()
    point_at_last_epoch(page)
    tooltip = page.get_by_role("tooltip")
    expect(tooltip).to_contain_text("at epoch 8")
    filler.report(study, 0, 9)
    expect(tooltip).to_contain_text("at epoch 9")
    filler.trials(study, {1: RunState.COMPLETED})
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_text("1 / 4 trials")).to_be_visible()
    expect(page.get_by_role("list", name="Legend")).to_contain_text("best, trial 1")
    assert page.evaluate("window.loadedOnce")


def test_a_direction_against_the_table_is_warned_of(page: Page, service: Service) -> None:
    service.filler.submit(name="against", objective={"metric": "val_accuracy", "direction": "minimize"})
    page.goto("/studies/against")
    expect(page.get_by_role("note", name="Warnings")).to_contain_text("of that metric more is better")
    page.goto("/studies/digits")
    expect(page.get_by_role("heading", level=1)).to_contain_text("digits")
    expect(page.get_by_role("note", name="Warnings")).to_have_count(0)


def test_time_goes_on_while_nothing_else_happens(page: Page, service: Service) -> None:
    study = service.filler.submit(name="slow")
    service.filler.trials(study, {0: RunState.RUNNING})
    page.clock.install()
    page.goto("/studies/slow")
    header = page.get_by_role("region", name="Study")
    expect(header).to_contain_text("created just now")
    page.clock.fast_forward("05:00")
    expect(header).to_contain_text("created 5 min ago")
    expect(page.locator(".facts")).to_contain_text("Running for5 min")
    expect(page.locator("tbody tr").first).to_contain_text("5 min")


def test_a_study_waits_for_its_workers_and_says_so(page: Page, service: Service) -> None:
    filler = service.filler
    filler.submit(name="early")
    worker = WorkerInfo("worker-1", PoolKey(Resources()), "starting")
    filler.store.workers.set(filler.epoch, [worker])
    page.goto("/studies/early")
    expect(page.get_by_text("starting workers…")).to_be_visible()
    filler.store.workers.set(filler.epoch, [replace(worker, state="idle")])
    expect(page.get_by_text("starting workers…")).to_have_count(0)


def test_a_study_that_failed_at_once_promises_nothing(page: Page, service: Service) -> None:
    service.filler.end(service.filler.submit(name="failed"), StudyState.FAILED, "no GPU")
    page.goto("/studies/failed")
    expect(page.get_by_text("No run has reported an epoch.")).to_be_visible()
    expect(page.get_by_text("The study ended before a trial was sampled.")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_have_count(0)


def test_buttons_say_what_is_wanted(page: Page, service: Service) -> None:
    service.filler.submit(name="held")
    page.goto("/studies/held")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("pausing", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_study_in_quarantine_says_why_and_is_tried_again(page: Page, service: Service) -> None:
    filler, reason = service.filler, "quarantined: its sampler raised 3 times: ValueError: no distribution"
    study = filler.submit(name="quarantined")
    filler.end(study, StudyState.FAILED, reason)
    page.goto("/studies/quarantined")
    expect(page.locator(".study-header .reason")).to_have_text(reason)
    with page.expect_response(re.compile(":resume")) as answered:
        page.get_by_role("button", name="Resume").click()
    assert answered.value.ok
    assert study.id in [waiting.id for waiting in filler.store.studies.to_reconcile()]


def test_refusal_is_shown_in_the_words_of_the_server(page: Page, service: Service) -> None:
    study = service.filler.submit(name="over")
    address = "/api/v1/studies/over"
    before = page.request.get(service.url + address).text()
    page.route(f"**{address}", lambda route: route.fulfill(body=before, content_type="application/json"))
    service.filler.end(study, StudyState.COMPLETED, "all trials are done")  # and the page has not heard of it
    page.goto("/studies/over")
    page.get_by_role("button", name="Pause").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("study 'over' is COMPLETED and cannot be paused")
    page.get_by_role("button", name="Dismiss").click()
    expect(refusal).to_have_count(0)


def test_what_mlflow_refuses_is_said_at_once(page: Page, service: Service) -> None:
    store = service.filler.store
    study = service.filler.submit(name="refused")
    service.filler.trials(study, {0: RunState.COMPLETED})
    page.goto("/studies/refused")
    notice = page.get_by_role("status").filter(has_text="MLflow does not show")
    expect(page.get_by_text("trial 0").first).to_be_visible()
    expect(notice).to_have_count(0)
    sync_items = [item for item in store.sync_items.dirty(10_000) if item.study_id == study.id and item.kind == "trial"]
    store.summaries.settle(Settled(rejected=[(item, "MLflow refuses it: too long") for item in sync_items]))
    expect(notice).to_contain_text("MLflow does not show 1 trial of this study")
    expect(notice).to_contain_text("MLflow refuses it: too long")
    expect(notice).to_contain_text("studyhall mlflow rebuild")


def test_what_does_not_exist_says_so(page: Page) -> None:
    page.goto("/studies/nope")
    expect(page.get_by_role("heading")).to_have_text("There is no study “nope”")
    page.get_by_role("link", name="See all studies").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    page.goto("/no/such/page")
    expect(page.get_by_role("heading")).to_have_text("This page does not exist")


def test_an_address_that_cannot_be_read_breaks_nothing(page: Page) -> None:
    page.goto("/studies/%25")
    expect(page.get_by_role("heading")).to_have_text("There is no study “%”")
    page.get_by_role("link", name="See all studies").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()


def test_light_and_dark_are_chosen_by_the_system_and_by_hand(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/studies")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    for theme in ("light", "dark"):
        page.get_by_role("button", name=re.compile(f"change to {theme}$")).press("Enter")
        expect(root).to_have_attribute("data-theme", theme)
    page.emulate_media(color_scheme="light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    for theme in ("light", "system"):
        page.get_by_role("button", name=re.compile(f"change to {theme}$")).press("Enter")
        expect(root).to_have_attribute("data-theme", "light")


def test_first_visit_offers_a_study_by_a_button_and_a_command(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as empty:
        page = browser.new_page(base_url=empty.url)
        page.goto("/")
        expect(page.get_by_role("heading")).to_have_text("No studies yet")
        expect(page.get_by_text("studyhall submit digits")).to_be_visible()
        page.get_by_role("link", name="Look at it, and submit it").click()
        facts = page.get_by_role("region", name="What it would do").locator(".facts")
        expect(facts).to_contain_text("Trials48, 2 at once")
        expect(facts).to_contain_text("A run takes1 CPU")
        page.get_by_role("button", name="Submit").click()
        expect(page).to_have_url(re.compile("/studies/digits$"))
        page.close()
