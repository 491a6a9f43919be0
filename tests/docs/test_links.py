"""Links within the documents lead somewhere, as files of the repository; the site is checked when it is built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS, ROOT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    headings = _HEADING.findall(path.read_text())
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    home = ROOT / document
    for link in _LINK.findall(DOCUMENTS[document]):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = (home.parent / file) if file else home
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_on_the_site() -> None:
    listed = set(re.findall(r"^(\w+)$", DOCUMENTS["docs/index.md"], re.MULTILINE))
    pages = {Path(name).stem for name in DOCUMENTS if name.startswith("docs/")} - {"index"}
    assert pages == listed
