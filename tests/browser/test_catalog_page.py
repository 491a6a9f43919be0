"""The catalog in a real browser: what there is, one component in full, and the curve of a schedule."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from experiments.catalog import KINDS
from experiments.registry import EXPERIMENTS, Looked
from search_spaces.presets import named_spaces, studies
from tests.browser.conftest import Service, served

pytestmark = pytest.mark.slow

CURVE = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let [sum, count] = [0, 0];
    for (let i = 0; i < pixels.length; i += 4) {
        const [red, green, blue, alpha] = pixels.slice(i, i + 4);
        if (red === 47 && green === 79 && blue === 208 && alpha > 250) {
            sum += Math.floor(i / 4 / canvas.width) / canvas.height;
            count += 1;
        }
    }
    return count > 50 ? sum / count : null;
}"""
"""How far down the middle of the drawn curve is, from 0 to 1; null while nothing is drawn."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without studies."""
    with served(tmp_path_factory.mktemp("catalog")) as found:
        yield found


def wait_for_curve(page: Page, condition: str = "height !== null") -> float:
    """Until the curve is drawn and its middle is where ``condition`` says; where that is."""
    page.locator(".factor-plot canvas").first.wait_for()
    script = f"() => {{ const height = ({CURVE})(document.querySelector('.factor-plot canvas')); return {condition}; }}"
    page.wait_for_function(script)
    height: float = page.locator(".factor-plot canvas").first.evaluate(CURVE)
    return height


def test_every_component_is_listed_and_leads_to_its_page(page: Page) -> None:
    page.goto("/studies")
    page.get_by_role("link", name="Catalog").click()
    expect(page).to_have_url(re.compile("/catalog$"))
    for kind in KINDS.values():
        expect(page.get_by_role("region", name=kind.name, exact=True).locator(".card")).to_have_count(len(kind))
    page.get_by_role("link", name=re.compile("^adamw ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("adamw")
    expect(page).to_have_title("adamw · Studyhall")


def test_what_is_left_out_of_users_code_stands_where_experiments_are_listed(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto("/catalog/experiment")
    expect(page.locator(".card").first).to_be_visible()
    notice = page.get_by_role("status", name="Left out")
    expect(notice).to_have_count(0)
    monkeypatch.setattr(EXPERIMENTS, "looked", Looked(refused=(("my_module", "RuntimeError: no such sensor"),)))
    page.reload()
    expect(notice).to_contain_text("my_module")
    expect(notice).to_contain_text("RuntimeError: no such sensor")


def test_a_component_says_formula_source_fields_conflicts_and_what_is_said_wrongly(page: Page) -> None:
    page.goto("/catalog/optimizer/adamw")
    formula = page.get_by_role("region", name="Formula")
    expect(formula).to_contain_text("weight_decay")
    expect(formula).to_contain_text("2019")
    row = page.get_by_role("region", name="Fields").get_by_role("row").filter(has_text="lr").first
    expect(row).to_contain_text("> 0")
    expect(row).to_contain_text("log 1e-5 … 0.1")
    expect(page.get_by_role("region", name="Often said wrongly")).to_contain_text("L2")
    conflicts = page.get_by_role("region", name="Does not go with")
    expect(conflicts).to_contain_text("the optimizer decays weights already")
    expect(page.get_by_role("region", name="In a study")).to_contain_text("lr: {log_uniform: [1e-5, 0.1]}")
    conflicts.get_by_role("link", name="regularizer weight_decay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("weight_decay")


def test_experiments_spaces_and_studies_are_listed_and_shown_as_they_are_written(page: Page) -> None:
    page.goto("/catalog")
    for kind, known in (("experiment", EXPERIMENTS), ("space", named_spaces()), ("study", studies())):
        expect(page.get_by_role("region", name=kind, exact=True).locator(".card")).to_have_count(len(known))
    page.get_by_role("link", name=re.compile("^digits-mlp ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("digits-mlp")
    expect(page.get_by_role("region", name="A study of it")).to_contain_text("experiment: digits-mlp")
    page.get_by_role("region", name="What it is").get_by_role("link", name="digits", exact=True).click()
    expect(page).to_have_url(re.compile("/catalog/data/digits$"))
    page.goto("/catalog/space/four-families")
    expect(page.get_by_role("region", name="In a study")).to_contain_text("space: {use: four-families}")
    expect(page.get_by_role("region", name="As it is written")).to_contain_text("- {name: rmsprop, lr: {log_uniform:")
    page.goto("/catalog/study/digits")
    expect(page.get_by_role("region", name="To submit it")).to_contain_text("studyhall submit digits")


def test_a_data_set_says_what_it_is_and_what_goes_with_it(page: Page) -> None:
    page.goto("/catalog/data/wine")
    facts = page.get_by_role("region", name="What it is")
    expect(facts).to_contain_text("grower 0, grower 1, grower 2")
    expect(facts.get_by_role("link")).to_have_text(["mlp", "residual", "wine-mlp"])
    conflicts = page.get_by_role("region", name="Does not go with")
    expect(conflicts).to_contain_text("cnn cannot take data of shape (13,)")
    expect(conflicts).not_to_contain_text("label_smoothing")


def test_a_word_narrows_the_list(page: Page) -> None:
    page.goto("/catalog")
    page.get_by_label("Find in the catalog").fill("sgdr")
    expect(page.locator(".card")).to_have_count(2)
    page.get_by_role("navigation", name="Everything in the catalog").get_by_role("link", name="cosine_restarts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("cosine_restarts")
    page.get_by_label("Find in the catalog").fill("zzz")
    expect(page.get_by_text("Nothing of that name.")).to_be_visible()


def test_the_curve_of_a_schedule_follows_its_fields(page: Page) -> None:
    page.goto("/catalog/schedule/linear")
    middle = wait_for_curve(page)
    preview = page.get_by_role("region", name="Preview")
    preview.get_by_label("final", exact=True).fill("0.9")
    wait_for_curve(page, f"height !== null && height < {middle} - 0.1")
    expect(page).to_have_url(re.compile(r"\?final=0\.9$"))
    preview.get_by_label("epochs", exact=True).fill("40")
    expect(preview).to_contain_text(re.compile(r"1\s?000 optimizer steps"))
    page.reload()
    expect(preview.get_by_label("final", exact=True)).to_have_value("0.9")
    preview.get_by_role("button", name="Back to the defaults").click()
    expect(page).to_have_url(re.compile("/linear$"))
    wait_for_curve(page, f"height !== null && Math.abs(height - {middle}) < 0.02")


def test_words_sliders_and_lists_are_fields_too(page: Page) -> None:
    page.goto("/catalog/schedule/cyclic")
    middle = wait_for_curve(page)
    preview = page.get_by_role("region", name="Preview")
    preview.get_by_label("mode").select_option("triangular2")
    wait_for_curve(page, f"height !== null && height > {middle} + 0.02")
    preview.get_by_role("slider", name="cycles").press("End")
    expect(preview.get_by_label("cycles", exact=True)).to_have_value("8")
    page.goto("/catalog/schedule/multistep?milestones=0.1,0.2")
    wait_for_curve(page)
    expect(preview.get_by_label("milestones")).to_have_value("0.1,0.2")


def test_what_is_under_the_pointer_is_said(page: Page) -> None:
    page.goto("/catalog/schedule/constant")
    wait_for_curve(page)
    plot = page.locator(".factor-plot .u-over").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + plot["width"] - 1, plot["y"] + 20)
    expect(page.locator(".factor-chart figcaption")).to_have_text("step 499: 1 of the base rate")


def test_a_refused_field_is_named_and_the_last_curve_stays(page: Page) -> None:
    page.goto("/catalog/schedule/cosine")
    wait_for_curve(page)
    field = page.get_by_role("region", name="Preview").get_by_label("final", exact=True)
    field.fill("3")
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("final this must be less than or equal to 1")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".factor-plot canvas").first).to_be_visible()
    field.fill("0.5")
    expect(refusal).to_have_count(0)


def test_an_adaptive_schedule_says_what_it_is_drawn_for(page: Page) -> None:
    page.goto("/catalog/schedule/plateau")
    expect(page.get_by_text("Drawn as if the monitored metric never improves")).to_be_visible()


def test_what_is_not_in_the_catalog_says_so(page: Page) -> None:
    page.goto("/catalog/optimizer/adamm")
    expect(page.get_by_role("heading", name="There is no optimizer “adamm”")).to_be_visible()
    page.goto("/catalog/optimiser")
    expect(page.get_by_role("heading", name="There is no kind “optimiser”")).to_be_visible()
