"""Curves that go on while they are looked at: only what is new is asked for, and it comes to what REST tells."""

from __future__ import annotations

import csv
import json
import re
import struct
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route, expect

from service.study.jobs import Placement
from service.study.records import Run, Study
from service.study.states import RunState
from tests.browser.chart import wait_for_ink
from tests.browser.conftest import Service
from tests.browser.filling import EPOCHS, Filler, point

pytestmark = pytest.mark.slow
BEFORE = 8
"""Points that a running trial of the filler has reported."""


@dataclass
class Asked:
    """What a page has asked of ``/curves``, and how many points came of each trial."""

    whole: int = 0
    points: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, page: Page, metric: str) -> None:
        """Count from now on."""

        def answer(route: Route) -> None:
            request = route.request
            told = request.url if request.method == "GET" else request.post_data or ""
            fetched = route.fetch()
            if re.search(rf'metric"?[=:]"?{metric}\b', told):
                self.whole += "after" not in told
                body = fetched.body()
                (length,) = struct.unpack_from("<I", body, 4)
                for series in json.loads(body[8 : 8 + length])["series"]:
                    self.points[series["trial"]].append(series["n"])
            route.fulfill(response=fetched)

        page.route(re.compile(r"/api/v1/curves(\?|$)"), answer)


def run_of(filler: Filler, study: Study, number: int) -> Run:
    """The only run of a trial."""
    (run,) = filler.store.runs.of_trial(filler.store.trials.get(study.id, number).id)
    return run


def drawn(page: Page) -> dict[str, list[float]]:
    """What the chart shows, by its curves: their validation values."""
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    found: dict[str, list[float]] = defaultdict(list)
    with download.value.path().open() as file:
        for row in csv.DictReader(file):
            if row["half"] == "validation":
                found[row["curve"]].append(float(row["y"]))
    return found


def stored(page: Page, run: Run) -> list[float]:
    """The same as REST tells it."""
    curves = page.request.get(f"/api/v1/runs/{run.id}/curves").json()
    values: list[float] = curves["metrics"]["val_accuracy"]
    return values


def test_a_bench_that_follows_a_run_is_sent_each_point_once(page: Page, service: Service) -> None:
    filler = service.filler
    study = filler.submit(name="followed")
    filler.trials(study, {0: RunState.COMPLETED, 1: RunState.RUNNING})
    asked = Asked()
    asked.watch(page, "val_accuracy")
    page.goto("/studies/followed/curves?group=run&train=none&pin=0&pin=1")
    wait_for_ink(page)
    curve = page.get_by_role("row", name=re.compile("^trial 1 validation")).first
    page.get_by_text("Data", exact=True).click()
    expect(curve).to_contain_text(f"trial 1validation{BEFORE}")
    before = {number: list(sizes) for number, sizes in asked.points.items()}
    whole = asked.whole
    for epoch in range(BEFORE + 1, EPOCHS):
        filler.report(study, 1, epoch)
        expect(curve).to_contain_text(f"trial 1validation{epoch}")
    filler.train(run_of(filler, study, 1), RunState.COMPLETED)  # one point more, and its end
    expect(page.locator(".progress")).to_contain_text("2 completed")
    expect(curve).to_contain_text(f"trial 1validation{EPOCHS}")

    assert asked.whole == whole, "all was asked for again"
    assert asked.points[0] == before[0], "of a run that had ended points came again"
    came = sum(asked.points[1]) - sum(before[1])
    n_queries = len(before[1])  # the chart's, and the table's of what runs have reached
    assert EPOCHS - BEFORE <= came <= n_queries * (EPOCHS - BEFORE)
    shown = drawn(page)
    for number in (0, 1):
        assert shown[f"trial {number}"] == pytest.approx(stored(page, run_of(filler, study, number)), rel=1e-6)


def test_a_run_that_went_on_twice_is_drawn_as_it_is_stored(page: Page, service: Service) -> None:
    """The first of its later attempts goes on from a checkpoint, the other from the beginning."""
    filler = service.filler
    study = filler.submit(name="resumed")
    filler.trials(study, {0: RunState.RUNNING})
    run = run_of(filler, study, 0)
    asked = Asked()
    asked.watch(page, "val_accuracy")
    page.goto("/studies/resumed/curves?group=run&train=none")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    page.get_by_text("Data", exact=True).click()
    curve = page.get_by_role("row", name=re.compile("^trial 0 validation")).first
    expect(curve).to_contain_text(f"trial 0validation{BEFORE}")
    whole = asked.whole
    for attempt, first, last in ((2, BEFORE - 2, 12), (3, 1, 15)):
        with filler.store.transaction(filler.epoch) as transaction:
            transaction.requeue_run(run.id, "its worker was lost", attempt_used=True)
        with filler.store.transaction(filler.epoch) as transaction:
            transaction.start_run(run.id, attempt)
            transaction.assign_run(run.id, attempt, Placement(f"worker-{attempt}"))
        for epoch in range(first, last + 1):
            with filler.store.transaction(filler.epoch) as transaction:
                transaction.append_points(run.id, attempt, [point(0, epoch)])
        expect(curve).to_contain_text(f"trial 0validation{last}")
    assert drawn(page)["trial 0"] == pytest.approx(stored(page, run), rel=1e-6)
    expect(page.get_by_role("list", name="Legend")).to_contain_text("resumed")
    assert asked.whole == whole


def test_a_trial_and_a_comparison_follow_as_the_bench_does(page: Page, service: Service) -> None:
    filler = service.filler
    one, other = (filler.submit(name=name) for name in ("here", "there"))
    for study in (one, other):
        filler.trials(study, {0: RunState.COMPLETED, 1: RunState.RUNNING})

    asked = Asked()
    asked.watch(page, "val_accuracy")
    page.goto("/studies/here/trials/1")
    plot = page.locator(".runs-plot .u-over")
    box = plot.bounding_box()
    assert box is not None
    caption = page.locator(".factor-chart figcaption")
    before, whole = sum(asked.points[1]), asked.whole
    for epoch in range(BEFORE + 1, 12):
        filler.report(one, 1, epoch)
        page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20 + epoch)
        expect(caption).to_contain_text(f"epoch {epoch}: {point(1, epoch).metrics['val_accuracy']:.3g}"[:-1])
    assert (sum(asked.points[1]) - before, asked.whole, 0 in asked.points) == (11 - BEFORE, whole, False)

    page.goto("/compare?s=here&s=there&group=run&train=none")
    page.locator(".chart-frame[aria-busy=false]").wait_for()
    page.get_by_text("Data", exact=True).click()
    before, whole = sum(asked.points[1]), asked.whole
    for epoch in range(12, 16):
        for study in (one, other):
            filler.report(study, 1, epoch)
        for name in ("here", "there"):
            row = page.get_by_role("row", name=re.compile(f"^trial 1 of {name} validation")).first
            expect(row).to_contain_text(f"validation{epoch}")
    assert asked.whole == whole
    shown = drawn(page)
    for study in (one, other):
        assert shown[f"trial 1 of {study.name}"] == pytest.approx(stored(page, run_of(filler, study, 1)), rel=1e-6)
