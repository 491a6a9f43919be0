"""Every screen, light and dark, by axe-core's rules; and the bench by keyboard alone, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from service.api.routes.dashboard import DIST
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.records import SamplerProcess
from service.study.states import RunState
from service.study.waits import Wait
from tests.browser.chart import wait_for_ink
from tests.browser.conftest import Service

pytestmark = pytest.mark.slow
AXE = DIST.parent / "node_modules" / "axe-core" / "axe.min.js"
"""The build installs it with the page's other packages; nothing is asked of the network."""
SCREENS = (  # the table of trials stands beneath the curves too
    "/studies",
    "/studies/new?ready=digits",
    "/studies/digits/curves?group=optimizer&trial=3",
    "/studies/digits/trials/3",
    "/studies/digits/insight",
    "/studies/digits/config?against=beside",
    "/compare?s=digits&s=beside",
    "/workers",
    "/catalog",
    "/catalog/optimizer/adamw",
)
SERIOUS = {"serious", "critical"}
FOCUSED = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText ?? "";
    const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return [name, seen || element === document.body];
}"""
"""What a reader hears of the focused element, and whether one who looks sees that it is focused."""
FARTHEST = 120
"""Presses of Tab within which everything is reached from what was used before it."""
SETTLED = "() => document.querySelector('h1, h2') && !document.querySelector('.loading, [aria-busy=true]')"


def findings(page: Page, rules: Sequence[str]) -> list[str]:
    """What axe-core calls serious, of all rules or of some: the rule, where, and what is wrong."""
    page.evaluate(AXE.read_text())
    asked = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found: list[dict[str, Any]] = page.evaluate("async asked => (await axe.run(asked)).violations", asked)
    return [
        f"{page.url}: {rule['id']}: {node['html'][:80]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@pytest.fixture(scope="module", autouse=True)
def beside(service: Service) -> None:
    """A second study, that goes on, to compare with; a worker of it, and what waits."""
    study = service.filler.submit(name="beside")
    service.filler.trials(study, dict.fromkeys(range(4), RunState.COMPLETED) | {4: RunState.RUNNING})
    resources, filler = Resources(1), service.filler
    worker = WorkerInfo("worker-1", PoolKey(resources, ""), "busy", 42, "here", f"run_{study.id}_4")
    waiting = Wait(study.id, study.name, 0, "its share is used: 1 of 1 running", resources, node="8fa9f206" * 7)
    filler.store.workers.set(filler.epoch, [worker], [waiting], [SamplerProcess(43, "tpe", 4, datetime.now(UTC))])


FOCUS = """() => {
  const found = document.activeElement;
  const drawn = [found, found.closest(".cm-editor")].filter(Boolean).map(element => getComputedStyle(element));
  const name = found.getAttribute("aria-label") || found.innerText || found.value || "";
  return {
    name: found === document.body ? "" : name.trim(),
    visible: drawn.some(style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1),
  };
}"""
MOST_STEPS = 60


def step_to(page: Page, name: str) -> None:
    """Press Tab until something whose name begins so has the focus, which is to be seen at every step."""
    passed: list[str] = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["visible"] or not focus["name"], f"{page.url}: nobody sees that {focus['name']!r} has the focus"
        if focus["name"].startswith(name):
            return
        passed.append(focus["name"])
    pytest.fail(f"{page.url}: no key leads to {name!r}, only to {passed}")


def enter(page: Page, name: str) -> None:
    """Go to something and press Enter."""
    step_to(page, name)
    page.keyboard.press("Enter")


def test_a_keyboard_leads_through_the_page_and_one_sees_where_it_is(page: Page) -> None:
    page.goto("/studies")
    expect(page.get_by_role("link", name=re.compile("^digits"))).to_be_visible()
    enter(page, "digits\n")
    enter(page, "Insight")
    page.get_by_label("Across").wait_for(timeout=60_000)  # a process starts that analyzes
    step_to(page, "Across")
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("across="))
    enter(page, "As a table: val_accuracy by trial")
    enter(page, "29")
    expect(page.get_by_role("heading", name="Trial 29")).to_be_visible()
    enter(page, "digits")
    enter(page, "Config")
    step_to(page, "Another study")
    page.keyboard.type("beside")
    page.keyboard.press("Enter")
    expect(page.locator(".diff ins").first).to_have_text("name: digits")
    enter(page, "Clone")
    expect(page.locator(".cm-editor")).to_be_visible()  # its script comes late
    step_to(page, "Definition")
    page.keyboard.press("Escape")
    step_to(page, "Submit")
    enter(page, "Workers")
    expect(page.get_by_role("region", name="here", exact=True)).to_contain_text("beside, trial 4")
    expect(page.get_by_role("region", name="Studies that go on")).to_contain_text("waits: its share is used")
    expect(page.get_by_role("region", name="Processes that ask samplers")).to_contain_text("tpe draws from 4 trials")


@pytest.mark.parametrize(("scheme", "rules"), [("light", []), ("dark", ["color-contrast"])])
def test_no_screen_has_a_serious_finding(page: Page, scheme: Literal["light", "dark"], rules: Sequence[str]) -> None:
    assert AXE.is_file(), "axe-core is not there: make install"
    page.emulate_media(color_scheme=scheme)
    page.set_default_timeout(60_000)
    serious: list[str] = []
    for screen in SCREENS:
        page.goto(screen)
        page.wait_for_function(SETTLED)
        serious += findings(page, rules)
    assert not serious, "\n".join(serious)


def test_no_screen_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_default_timeout(60_000)
    wide: list[str] = []
    for screen in (*SCREENS, "/studies/digits/config"):
        page.goto(screen)
        page.wait_for_function(SETTLED)
        width = page.evaluate("document.documentElement.scrollWidth")
        wide += [f"{screen}: {width}"] if width > 390 else []
    assert not wide, "\n".join(wide)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until an element whose name begins so is focused."""
    passed = []
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        found, seen = page.evaluate(FOCUSED)
        assert seen, f"the focus is not to be seen on {found!r}"
        if found.startswith(name):
            return
        passed.append(found)
    raise AssertionError(f"{name!r} was not reached; passed {passed}")


def test_everything_on_the_bench_is_done_by_keyboard(page: Page) -> None:
    page.goto("/studies/digits")
    wait_for_ink(page)
    tab_to(page, "Metric")
    page.keyboard.type("loss")
    expect(page).to_have_url(re.compile("metric=loss"))
    tab_to(page, "Group by")
    page.keyboard.type("optimizer")
    expect(page).to_have_url(re.compile("group=optimizer$"))
    tab_to(page, "Chart: ")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zx="))
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zx="))

    tab_to(page, "Only adam")
    page.keyboard.press("Enter")
    expect(page.locator(".chart-notes")).to_contain_text("hidden")
    page.keyboard.press("Enter")
    expect(page.locator(".chart-notes")).to_contain_text("all drawn")
    tab_to(page, "Rename adam")
    page.keyboard.press("Enter")
    page.keyboard.type("ours")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Groups")).to_contain_text("ours")
    assert page.evaluate(FOCUSED)[0] == "Rename ours"
    tab_to(page, "Pin trial ")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"pin=\d+"))


def test_trials_that_stand_out_are_called_otherwise_shown_alone_and_hidden(page: Page) -> None:
    page.goto("/studies/digits?pin=3&pin=7&train=none")
    wait_for_ink(page)
    legend = page.get_by_role("list", name="Legend")
    legend.get_by_role("button", name="Rename trial 3").press("Enter")
    page.keyboard.type("as in the paper")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"name=%233%3Das\+in\+the\+paper"))
    expect(legend).to_contain_text("as in the paper")
    notes = page.locator(".chart-notes")
    legend.get_by_role("button", name="only these").press("Enter")
    expect(notes).to_contain_text("30 runs = 2 drawn, 28 hidden")
    legend.get_by_role("button", name="Hide as in the paper").press("Enter")
    expect(notes).to_contain_text("30 runs = 1 drawn, 29 hidden")
    page.reload()
    legend.get_by_role("button", name="Show as in the paper").press("Enter")
    legend.get_by_role("button", name="show all").press("Enter")
    expect(notes).to_contain_text("30 runs, all drawn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_link_of_the_head_is_seen_on_a_phone(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/studies")
    page.locator(".study-row").first.wait_for()
    nav = page.get_by_role("navigation", name="Main")
    ends = nav.evaluate("element => [element, ...element.children].map(each => each.getBoundingClientRect().right)")
    assert max(ends) <= ends[0]
    assert nav.evaluate("element => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bench_is_looked_at_on_a_phone(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/studies/digits?group=optimizer&charts=schedule&rows=initializer&train=none")
    page.locator(".chart-frame[aria-busy=false] .plot canvas").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Views").click()
    for part in (*page.locator(".controls select").all(), page.get_by_role("dialog", name="Views")):
        box = part.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_wrong_with_a_study_that_is_being_confirmed(
    page: Page, service: Service, scheme: Literal["light", "dark"]
) -> None:
    page.request.post("/api/v1/studies/digits:confirm", data={"k": 2, "seeds": 3})
    page.emulate_media(color_scheme=scheme)
    page.goto("/studies/digits/curves")
    expect(page.get_by_role("region", name="Short answer").get_by_role("link", name="digits-confirm-1")).to_be_visible()
    page.wait_for_function(SETTLED)
    assert findings(page, ()) == []
