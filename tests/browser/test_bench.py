"""Curves compared by groups in a real browser: their numbers beside numpy's, and what the legend does."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from scipy import stats

from service.study.states import RunState
from tests.browser.chart import ink, point_at_last_epoch, wait_for_ink, wait_for_other_ink, wait_for_same_ink
from tests.browser.conftest import Service
from tests.browser.filling import EPOCHS, point

pytestmark = pytest.mark.slow
SVG = "{http://www.w3.org/2000/svg}"


def rows(page: Page) -> dict[str, list[str]]:
    """The table of the chart's data: curve and half to its cells."""
    table = page.get_by_role("table", name="accuracy in numbers")
    if not table.is_visible():
        page.get_by_text("Data", exact=True).click()
        table.locator("tbody tr").first.wait_for()
    cells = [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]
    return {f"{name} {half}": rest for name, half, *rest in cells}


def accuracies(service: Service) -> dict[str, list[list[float]]]:
    """Optimizer to the validation accuracies of its runs, each as far as it came."""
    assert service.study is not None
    found: dict[str, list[list[float]]] = defaultdict(list)
    for trial in service.filler.store.trials.of_study(service.study.id):
        n = {RunState.PRUNED: 3 + trial.number % 4, RunState.FAILED: 2}.get(trial.state, EPOCHS)
        curve = [point(trial.number, epoch).metrics["val_accuracy"] for epoch in range(1, n + 1)]
        found[str(trial.parameters["optimizer"])].append(curve)
    return found


def test_bands_are_those_of_all_runs(page: Page, service: Service) -> None:
    page.goto("/studies/digits?group=optimizer")
    legend = page.get_by_role("list", name="Groups")
    curves = accuracies(service)
    for name, group in curves.items():
        expect(legend).to_contain_text(f"{name} {len(group)} runs")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    told = rows(page)
    for name, group in curves.items():
        last = np.array([curve[-1] for curve in group if len(curve) == EPOCHS])
        low, high = stats.t.interval(0.95, len(last) - 1, last.mean(), stats.sem(last))
        expected = [f"{value:.4g}" for value in (last.mean(), low, high)]
        assert told[f"{name} validation"][:4] == ["20", expected[0], f"{expected[1]} to {expected[2]}", str(len(last))]

    page.get_by_label("Middle").select_option("median")
    page.get_by_label(re.compile("^Runs")).select_option("carry_last")
    expect(page).to_have_url(re.compile(r"group=optimizer&center=median&band=quartiles&runs=carry_last"))
    name, group = max(curves.items(), key=lambda item: len(item[1]))
    ends = np.array([curve[-1] for curve in group])
    low, middle, high = (f"{value:.4g}" for value in np.quantile(ends, [0.25, 0.5, 0.75]))
    cell = page.get_by_role("row", name=f"{name} validation 20").first
    expect(cell).to_contain_text(f"{middle}{low} to {high}{len(ends)}")


def test_a_group_is_hidden_or_shown_alone_and_every_run_accounted_for(page: Page, service: Service) -> None:
    n = {name: len(group) for name, group in accuracies(service).items()}
    page.goto("/studies/digits?group=optimizer&train=none")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    notes = page.locator(".chart-notes")
    expect(notes).to_contain_text("30 runs, all drawn")
    before = ink(page)
    page.get_by_role("button", name=re.compile("^adam ")).click()
    expect(notes).to_contain_text(f"30 runs = {30 - n['adam']} drawn, {n['adam']} hidden")
    wait_for_other_ink(page, before)
    page.get_by_role("button", name=re.compile("^adam ")).click()
    wait_for_same_ink(page, before)
    page.get_by_role("button", name="Only rmsprop").click()
    expect(notes).to_contain_text(f"30 runs = {n['rmsprop']} drawn, {30 - n['rmsprop']} hidden")
    page.go_back()
    wait_for_same_ink(page, before)


def test_a_trial_that_is_hidden_stays_so_whatever_is_grouped(page: Page) -> None:
    page.goto("/studies/digits?hide=%233&train=none")
    notes = page.locator(".chart-notes")
    expect(notes).to_contain_text("1 hidden")
    page.get_by_label("Group by").select_option("optimizer")
    expect(notes).to_contain_text("1 hidden")
    page.get_by_label("Line style").select_option("schedule")
    expect(notes).to_contain_text("1 hidden")
    page.get_by_label("Line style").select_option("")
    only = page.get_by_role("button", name="Only adam", exact=True)
    only.click()
    expect(notes).not_to_contain_text(" 1 hidden")
    only.click()
    expect(notes).to_contain_text(" 1 hidden")


def test_bands_of_another_axis_are_not_drawn_on_this_one(page: Page) -> None:
    page.goto("/studies/digits?group=optimizer&train=none&members=1")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    assert any(cells[0] == str(EPOCHS) for cells in rows(page).values())
    held: list[Route] = []
    page.route(
        re.compile("/curves"), lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    page.get_by_label("Against").select_option("step")
    expect(page.get_by_role("columnheader", name="last step")).to_be_visible()
    assert not any(cells[0] == str(EPOCHS) for cells in rows(page).values())
    for route in held:
        route.continue_()


def test_replicates_are_a_band_around_their_configuration(page: Page, service: Service) -> None:
    study = service.filler.submit(name="seeds", replicates={"seeds": 3})
    service.filler.replicated(study, 0, [0.4, 0.5, 0.6])
    page.goto("/studies/seeds")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    expect(page.get_by_label("Band")).to_be_visible()
    assert rows(page)["trial 0 validation"][3] == "3"


def test_numbers_have_a_scale_of_colors_and_groups_with_round_ends(page: Page) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    page.get_by_label("Color by").select_option("optimizer.lr")
    expect(page.get_by_role("list", name="Legend")).to_contain_text(re.compile(r"optimizer\.lr [\d.e-]+log"))
    page.get_by_label("Group by").select_option("optimizer.lr")
    expect(page.get_by_role("list", name="Groups")).to_contain_text(re.compile(r"0\.001 – 0\.01 \d+ runs"))


def test_the_best_of_each_level_are_confirmed_once_it_is_said_what_that_costs(page: Page) -> None:
    """What it asks for is answered here, so that the study stays without a confirmation."""
    asked: list[dict[str, object]] = []

    def answer_of(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(status=201, json={"name": "digits-confirm-1"})

    page.route("**/studies/digits:confirm", answer_of)
    page.goto("/studies/digits?group=optimizer")
    short = page.get_by_role("region", name="Short answer")
    button = short.get_by_role("button", name="Confirm the best of each…")
    button.wait_for(timeout=60_000)
    tuned = page.get_by_role("region", name="Tuned").inner_text()
    bests = [int(number) for number in re.findall(r"trial (\d+) for", tuned)]
    n = len(bests)
    expect(short).to_contain_text(f"trains {n} trials over 10 fresh seeds: {10 * n} runs")
    button.press("Enter")
    dialog = page.get_by_role("dialog", name="Train the best with fresh seeds?")
    expect(dialog).to_contain_text(f"trial {bests[0]} for ")
    expect(dialog).to_contain_text(re.compile(rf"{10 * n} runs, about \d"))
    expect(dialog.get_by_label("Best trials")).to_have_count(0)
    dialog.get_by_label("Fresh seeds").fill("4")
    expect(dialog).to_contain_text(f"{4 * n} runs")
    assert asked == []
    with page.expect_response("**/studies/digits:confirm"):
        dialog.get_by_role("button", name="Confirm them").click()
    assert asked == [{"k": None, "trials": bests, "seeds": 4, "over": "seeds"}]


def test_the_answer_stands_beside_the_curves_and_a_confirmation_is_one_question_away(page: Page) -> None:
    page.goto("/studies/digits?group=optimizer")
    answer = page.get_by_role("region", name="Answer", exact=True)
    expect(answer).to_contain_text(re.compile(r"trial \d+ leads with 0\.\d+"), timeout=60_000)
    expect(answer).to_contain_text("not distinguishable from it with one run each")
    expect(answer).not_to_contain_text("studyhall confirm")
    expect(answer).to_contain_text("The test split has not been looked at")
    for question in ("Tuned", "Typical", "Failures"):
        expect(answer.get_by_role("region", name=question)).to_contain_text("unknown: ", timeout=60_000)
    places = answer.get_by_role("list", name="The best trials")
    expect(places.get_by_role("listitem").first).to_contain_text("leads")
    answer.get_by_role("button", name="Confirm…").press("Enter")
    dialog = page.get_by_role("dialog", name="Train the best with fresh seeds?")
    expect(dialog.locator(":focus")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(answer.get_by_role("button", name="Confirm…")).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_label("Best trials").fill("2")
    dialog.get_by_label("Fresh seeds").fill("3")
    expect(dialog).to_contain_text("6 runs")
    dialog.get_by_label("5 folds.").check()
    expect(dialog).to_contain_text("30 runs")
    dialog.get_by_label("Seeds.").check()
    dialog.get_by_role("button", name="Confirm them").click()
    answer.get_by_role("link", name="digits-confirm-1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("digits-confirm-1")
    expect(page.locator(".progress-text")).to_contain_text("of 6 runs")


def test_a_filter_holds_for_the_curves(page: Page, service: Service) -> None:
    n = len(accuracies(service)["adam"])
    page.goto("/studies/digits?filter=optimizer = adam")
    expect(page.locator(".chart-notes")).to_contain_text(f"30 runs = {n} drawn, {30 - n} filtered")


def test_what_differs_from_the_baseline_is_named_and_a_pin_stays(page: Page, service: Service) -> None:
    page.goto("/studies/digits?trial=3&train=none")
    wait_for_ink(page, "20,24,31")
    legend = page.get_by_role("list", name="Legend")
    legend.get_by_role("button", name="Hold the others against trial 3").click()
    legend.get_by_role("button", name="Keep the emphasis of trial 3").click()
    expect(page).to_have_url(re.compile(r"pin=3&baseline=3|baseline=3&pin=3"))
    page.keyboard.press("Escape")
    expect(legend).to_contain_text("baseline, trial 3")
    point_at_last_epoch(page)
    expect(page.get_by_role("tooltip")).to_contain_text("differs from trial 3 in")
    legend.get_by_role("button", name="Unpin trial 3").click()
    expect(page).not_to_have_url(re.compile("pin="))


def test_small_charts_share_their_axes_and_each_has_the_bands_of_its_runs(page: Page, service: Service) -> None:
    page.goto("/studies/digits?group=optimizer&charts=schedule&train=none")
    assert service.study is not None
    trials = service.filler.store.trials.of_study(service.study.id)
    schedules = {str(trial.parameters["schedule"]) for trial in trials}
    expect(page.locator(".chart-title")).to_have_count(len(schedules))
    page.locator(".chart-frame[aria-busy=false]").first.wait_for()
    chosen = [trial for trial in trials if trial.parameters["schedule"] == min(schedules)]
    name = str(chosen[0].parameters["optimizer"])
    n = sum(trial.parameters["optimizer"] == name for trial in chosen)
    page.get_by_text("Data", exact=True).click()
    row = page.get_by_role("row", name=re.compile(f"^{name}, {min(schedules)} validation"))
    expect(row).to_be_visible()
    assert int(row.locator("td").nth(4).inner_text()) <= n


def test_the_chart_is_a_picture_and_its_data_a_table(page: Page, service: Service, tmp_path: Path) -> None:
    page.goto("/studies/digits?group=optimizer&halves=apart")
    page.locator(".chart-frame[aria-busy=false]").first.wait_for()
    expect(page.locator(".chart-title")).to_have_text(["validation", "train"])
    for button, file in (
        ("PNG", tmp_path / "chart.png"),
        ("SVG", tmp_path / "chart.svg"),
        ("CSV", tmp_path / "chart.csv"),
    ):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == f"digits-accuracy{file.suffix}"
        download.value.save_as(file)
    picture = Image.open(tmp_path / "chart.png")
    assert picture.width > 700
    assert picture.getpixel((1, 1)) == (255, 255, 255, 255)
    drawing = ElementTree.parse(tmp_path / "chart.svg").getroot()
    words = {element.text for element in drawing.iter(f"{SVG}text")}
    assert {"validation", "train", "Epoch", "accuracy"} | set(accuracies(service)) <= words
    with (tmp_path / "chart.csv").open() as file:
        table = list(csv.DictReader(file))
    assert {row["half"] for row in table} == {"train", "validation"}
    first = next(row for row in table if row["curve"].startswith("trial 3,"))
    assert (float(first["epoch"]), first["n"]) == (1, "1")


def test_on_another_metric_too_the_star_stands_at_the_epoch_by_which_the_best_was_judged(
    page: Page, tmp_path: Path
) -> None:
    def star(metric: str) -> tuple[float, float]:
        """Where its upper corner is in the picture."""
        page.goto(f"/studies/digits?metric={metric}")
        page.locator(".chart-frame[aria-busy=false]").wait_for()
        with page.expect_download() as download:
            page.get_by_role("button", name="SVG").click()
        download.value.save_as(tmp_path / "chart.svg")
        drawing = ElementTree.parse(tmp_path / "chart.svg").getroot()
        (path,) = [
            each
            for each in drawing.iter(f"{SVG}path")
            if each.get("stroke-linejoin") == "round" and each.get("paint-order")
        ]
        x, y = re.findall(r"[\d.]+", path.get("d") or "")[:2]
        return float(x), float(y)

    accuracy, norm = star("accuracy"), star("grad_norm")
    assert norm[0] == pytest.approx(accuracy[0], abs=1)
    assert norm[1] != pytest.approx(accuracy[1], abs=1)
    expect(page.get_by_role("list", name="Legend")).to_contain_text("each run counts at its best epoch by val_accuracy")


def test_two_parameters_make_rows_and_columns_and_line_styles_divide_groups(page: Page, service: Service) -> None:
    assert service.study is not None
    trials = service.filler.store.trials.of_study(service.study.id)
    schedules, initializers = (
        {str(trial.parameters[name]) for trial in trials} for name in ("schedule", "initializer")
    )
    page.goto("/studies/digits?group=optimizer&train=none")
    page.get_by_label("Charts").select_option("schedule")
    page.get_by_label("Rows").select_option("initializer")
    titles = page.locator(".chart-title")
    expect(titles).to_have_count(len(schedules) * len(initializers))
    tops = [box["y"] for title in titles.all() if (box := title.bounding_box())]
    assert len(set(tops)) == len(initializers)
    page.get_by_label("Line style").select_option("schedule")
    expect(page).to_have_url(re.compile(r"charts=schedule&rows=initializer"))
    legend = page.get_by_role("list", name="Groups")
    expect(legend).to_contain_text("adam · cosine")
    samples = legend.locator("line").evaluate_all("lines => lines.map(line => line.getAttribute('stroke-dasharray'))")
    assert len(set(samples)) > 1


def test_a_curve_stands_over_the_share_of_its_budget(page: Page) -> None:
    page.goto("/studies/digits?train=none")
    page.get_by_label("Against").select_option("budget_share")
    wait_for_ink(page)
    first = rows(page)["trial 3 validation"]
    assert first[0] == "100 %"
    assert rows(page)["trial 8 validation"][0] == "15 %"
    expect(page.locator(".chart-notes")).to_contain_text("30 runs, all drawn")


def test_rungs_of_the_pruner_are_marked(page: Page, service: Service) -> None:
    service.filler.submit(name="rungs", pruner={"name": "asha", "min_epochs": 2})
    study = service.filler.store.studies.get("rungs")
    service.filler.replicated(study, 0, [0.4])
    page.goto("/studies/rungs")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    expect(page.get_by_role("list", name="Legend")).to_contain_text("rung at 2")


@pytest.fixture
def colleague(context: BrowserContext, page: Page) -> Iterator[Page]:
    """Another reader of the same service; it is closed before the page that watches for errors."""
    other = context.new_page()
    yield other
    other.close()


def menu_of(page: Page) -> Locator:
    """The menu of views, opened by keyboard."""
    page.get_by_role("button", name=re.compile("^View")).focus()
    page.keyboard.press("Enter")
    return page.get_by_role("dialog", name=re.compile("^View"))


def test_a_view_is_saved_opened_by_a_colleague_renamed_replaced_and_deleted(page: Page, colleague: Page) -> None:
    page.goto("/studies/digits?group=optimizer&y=log")
    menu = menu_of(page)
    menu.get_by_label("Name for this view").focus()
    page.keyboard.type("by optimizer")
    page.keyboard.press("Enter")
    saved = menu.get_by_role("list", name="Saved views")
    expect(saved.get_by_role("link", name="by optimizer curves")).to_have_attribute("aria-current", "true")

    colleague.goto("/studies/digits/trials")
    menu_of(colleague).get_by_role("link", name="by optimizer").press("Enter")
    expect(colleague).to_have_url(re.compile(r"/curves\?group=optimizer&y=log$"))
    expect(colleague.get_by_role("button", name="View: by optimizer")).to_be_visible()
    colleague.go_back()
    expect(colleague).to_have_url(re.compile(r"/digits/trials$"))

    saved.get_by_role("button", name="Rename by optimizer").press("Enter")
    page.keyboard.press("Escape")
    expect(saved.get_by_role("button", name="Rename by optimizer")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("optimizers")
    page.keyboard.press("Enter")
    expect(saved).to_have_text(re.compile("^optimizers curves"))
    expect(saved.get_by_role("button", name="Rename optimizers")).to_be_focused()

    page.keyboard.press("Escape")
    page.get_by_label("Group by").select_option("schedule")
    menu_of(page).get_by_label("Name for this view").fill("optimizers")
    page.keyboard.press("Enter")
    asked = page.get_by_role("dialog", name="Replace the view “optimizers”?")
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(saved.get_by_role("link")).not_to_have_attribute("aria-current", "true")
    menu.get_by_role("button", name="Save").press("Enter")
    asked.get_by_role("button", name="Replace the view").press("Enter")
    expect(saved.get_by_role("link")).to_have_attribute("aria-current", "true")
    expect(saved.get_by_role("link")).to_have_attribute("href", re.compile("group=schedule"))

    saved.get_by_role("button", name="Delete optimizers").press("Enter")
    page.get_by_role("dialog", name="Delete the view “optimizers”?").get_by_role(
        "button", name="Delete the view"
    ).press("Enter")
    expect(saved).to_be_hidden()
    expect(menu.get_by_label("Name for this view")).to_be_focused()
