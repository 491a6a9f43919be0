"""The catalog, a page for each kind, as ``GET /api/v1/catalog`` tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from docs.site.markdown import block, code, listed, page, prose, table
from experiments.catalog import KINDS
from experiments.registry import EXPERIMENTS, Experiment
from search_spaces.presets import Entry, named_spaces, studies
from service.api.routes.catalog import get_component
from service.cli.printing.catalog import bounds

LIBRARY: tuple[tuple[str, str, Mapping[str, Experiment] | Mapping[str, Entry]], ...] = (
    ("Experiments", "What a study names as its `experiment`.", EXPERIMENTS),
    ("Named spaces", "For `space: {use: NAME}`.", named_spaces()),
    ("Ready-made studies", "For `studyhall run NAME` and `studyhall submit NAME`.", studies()),
)


def component_pages() -> Iterator[tuple[str, str]]:
    """Each page with its name: the list of all, one for each kind, and the library."""
    yield "index", _index()
    for kind in KINDS.values():
        members = (get_component(kind.name, name).model_dump(mode="json") for name in kind.names())
        yield kind.name, page(f"# {kind.name.capitalize()}", prose(kind.summary), *map(_component, members))
    yield "library", page("# Experiments, named spaces, ready-made studies", *_library())


def _index() -> str:
    rows = [
        (f"[{kind.name}]({kind.name}.md)", prose(kind.summary), ", ".join(map(code, kind.names())))
        for kind in KINDS.values()
    ]
    names = "\n".join([*KINDS, "library"])
    return page(
        "# Components",
        table(("Kind", "What it is", "Members"), rows),
        f"```{{toctree}}\n:hidden:\n\n{names}\n```",
    )


def _component(entry: dict[str, Any]) -> str:
    said = [prose(text) for text in entry["misconceptions"]]
    return page(
        f"## {entry['name']}",
        prose(entry["description"]),
        f"Also found as {', '.join(map(code, entry['aliases']))}." if entry["aliases"] else "",
        block(entry["formula"]) if entry["formula"] else "",
        f"*Source:* {prose(entry['source'])}" if entry["source"] else "",
        table(("Field", "Default", "Bounds", "Search", "Meaning"), map(_field, entry["fields"])),
        f"*Does not go with*\n\n{listed(map(_conflict, entry['conflicts']))}" if entry["conflicts"] else "",
        f"*Often said wrongly*\n\n{listed(said)}" if said else "",
    )


def _field(field: dict[str, Any]) -> tuple[str, ...]:
    search = ", ".join(f"{word}: {values}" for word, values in (field["search"] or {}).items())
    default = "required" if field["required"] else code(field["default"])
    source = f" Bounds: {field['bound_source']}." if field["bound_source"] else ""
    return code(field["name"]), default, prose(bounds(field["bounds"])), code(search), prose(field["help"] + source)


def _conflict(conflict: dict[str, Any]) -> str:
    how = ("refused" if conflict["refused"] else "warned of") + ("" if conflict["always"] else " at some values")
    return f"{', '.join(map(code, conflict['others']))} ({how}): {prose(conflict['reason'])}"


def _library() -> Iterator[str]:
    for title, purpose, entries in LIBRARY:
        rows = [(code(entry.name), prose(entry.summary)) for entry in entries.values()]
        yield page(f"## {title}", purpose, table(("Name", "What it is"), rows))
