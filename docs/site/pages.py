"""Writes the reference pages where Sphinx looks for them; git knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.site.commands import commands_page
from docs.site.components import component_pages
from docs.site.python import python_page
from docs.site.rest import rest_page
from docs.site.settings import settings_page


def pages() -> Iterator[tuple[str, str]]:
    """Every reference page with its path below ``reference``."""
    yield "settings.md", settings_page()
    yield "commands.md", commands_page()
    yield "rest.md", rest_page()
    yield "python.rst", python_page()
    for name, text in component_pages():
        yield f"components/{name}.md", text


def write_pages(folder: Path) -> None:
    """Make the folder hold these pages and no others; what is unchanged is left alone, so that Sphinx is quick."""
    made = {folder / path: text for path, text in pages()}
    for path in [*folder.rglob("*.md"), *folder.rglob("*.rst")]:
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
