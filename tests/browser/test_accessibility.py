"""Every screen, light and dark, by axe-core's rules: nothing serious keeps out who reads the page otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

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
