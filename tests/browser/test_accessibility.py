"""Every screen, light and dark, by axe-core's rules: nothing serious keeps out who reads the page otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from service.api.routes.dashboard import DIST
from service.study.states import RunState
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
    "/studies/digits/config",
    "/compare?s=digits&s=beside",
    "/workers",
    "/catalog",
    "/catalog/optimizer/adamw",
)
SERIOUS = {"serious", "critical"}
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
    """A second study, that goes on, to compare with."""
    study = service.filler.submit(name="beside")
    service.filler.trials(study, dict.fromkeys(range(4), RunState.COMPLETED) | {4: RunState.RUNNING})


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
    enter(page, "As a table")
    enter(page, "29")
    expect(page.get_by_role("heading", name="Trial 29")).to_be_visible()
    enter(page, "digits")
    enter(page, "Config")
    step_to(page, "Another study")
    page.keyboard.type("beside")
    page.keyboard.press("Enter")
    expect(page.locator(".diff ins").first).to_have_text("name: digits")
    enter(page, "Clone")
    step_to(page, "Definition")
    page.keyboard.press("Escape")
    step_to(page, "Submit")
    enter(page, "Workers")


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
