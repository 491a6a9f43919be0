"""What a reader sees of trials with several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chart import change_curves, ink, wait_for_ink
from tests.browser.conftest import served

pytestmark = pytest.mark.slow


def test_a_value_of_several_runs_shows_its_spread_and_each_run(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as service:
        study = service.filler.submit(replicates={"seeds": 5}, pruner="none", max_trials=12)
        runs = service.filler.replicated(study, 0, [0.1, 0.1, 0.1, 0.1, 0.89])
        own = [
            {"run": run.id, "seed": run.seed, "fold": None, "metrics": {"test_accuracy": 0.5}, "reason": ""}
            for run in runs
        ]
        result = {"trial": 0, "n": 5, "metrics": {"test_accuracy": 0.5}, "std": {"test_accuracy": 0.25}, "reason": ""}
        with service.filler.store.transaction(service.filler.epoch) as transaction:
            transaction.set_test_result(study.id, {**result, "runs": own})

        page = browser.new_page(base_url=service.url)
        page.goto("/studies/digits?trial=0")

        row = page.locator("tr.trial")
        expect(row).to_contain_text("0.258\u00a0±\u00a00.353 (5)4 collapsed")
        title = row.locator(".measured").get_attribute("title") or ""
        assert "mean of 5 runs; ± is their sample standard deviation" in title
        chance = "collapsed, at chance: 0.1, and always answering the most frequent class gives 0.104"
        assert f"seed 100: 0.1, {chance}" in title
        picked = page.get_by_label("Runs").get_by_role("button")
        expect(picked).to_have_count(5)
        expect(picked.nth(0)).to_contain_text("at chance")
        picked.nth(4).click()
        expect(picked.nth(4)).to_have_attribute("aria-pressed", "true")
        expect(picked.nth(4)).to_contain_text("0.89")
        expect(page.locator(".study-header .progress")).to_contain_text("1 / 12 trials · 5 of 60 runs")
        expect(page.locator(".facts")).to_contain_text("accuracy 0.5\u00a0±\u00a00.25mean of 5 runs")
        expect(page.locator(".facts")).to_contain_text("whether it was looked at before is not known")
        nothing = {**result, "n": 0, "metrics": {}, "std": {}, "reason": "its `test_step` logs nothing"}
        with service.filler.store.transaction(service.filler.epoch) as transaction:
            transaction.set_test_result(study.id, {**nothing, "runs": own})
        expect(page.locator(".facts")).to_contain_text(
            "Best on the test splitnot measured: its `test_step` logs nothing"
        )
        page.close()


def test_the_runs_of_the_best_leave_the_groups_to_be_seen_and_have_a_dot_each_where_they_count(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path) as service:
        study = service.filler.submit(replicates={"seeds": 5}, pruner="none", max_trials=12)
        for number in range(2):
            service.filler.replicated(study, number, [0.5 + 0.1 * number] * 5)
        page = browser.new_page(base_url=service.url, viewport={"width": 1440, "height": 900})

        def apart(series: dict[str, Any]) -> None:
            """Below the middle, so that only what is drawn of it has its place."""
            series["y"] = [y - 0.05 * (1 + series["replicate"]) for y in series["y"]]

        change_curves(page, apart)
        page.goto("/studies/digits?group=optimizer&train=none&band=none")
        legend = page.get_by_role("list", name="Groups")
        samples = legend.locator(".sample line")
        expect(samples).to_have_count(2)
        colors = [rgb(sample.get_attribute("stroke") or "") for sample in samples.all()]
        wait_for_ink(page, colors[0])
        drawn = [ink(page).get(color, 0) for color in colors]
        assert max(drawn) < 1.5 * min(drawn)
        own = page.get_by_role("list", name="Legend")
        expect(own).to_contain_text("each run counts at its best epoch")
        expect(own.locator(".legend-star")).to_have_count(0)
        page.get_by_label("Group by").select_option("all but the seed")
        expect(own.locator(".legend-star")).to_have_text("●")
        page.close()


def rgb(color: str) -> str:
    """Of `#rrggbb`."""
    return ",".join(str(int(color[start : start + 2], 16)) for start in (1, 3, 5))
