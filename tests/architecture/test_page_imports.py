"""The page's folders import one way, like the packages: what is drawn knows what is fetched, never the other way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "service/dashboard/src"
LAYERS = (
    "main.tsx",
    "App.tsx",
    "pages",
    "components/studies",
    "components/study",
    "components/trials components/trial components/catalog",
    "components/basics",
    "charts",
    "state",
    "format",
    "api",
)
"""From the top; what stands in one line imports nothing of each other."""
RANKS = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms.split()}
IMPORT = re.compile(r'\b(?:from|import)\s*\(?\s*"(\.[^"]+)"')


def _room(path: Path) -> str:
    """The folder that a file belongs to, or the file itself at the top."""
    return "/".join(path.parts[: 2 if path.parts[0] == "components" else 1])


def _imports(source: Path) -> Iterator[Path]:
    for written in IMPORT.findall(source.read_text("utf-8")):
        target = (source.parent / written).resolve().relative_to(SOURCES)
        yield target.with_suffix(".tsx") if target == Path("App") else target


def _arrows() -> list[tuple[Path, Path]]:
    sources = [path for pattern in ("*.ts", "*.tsx") for path in SOURCES.rglob(pattern)]
    return [
        (source.relative_to(SOURCES), target)
        for source in sources
        for target in _imports(source)
        if target.suffix != ".css"
    ]


def test_every_folder_of_the_page_has_its_layer() -> None:
    assert {_room(path) for arrow in _arrows() for path in arrow} == set(RANKS)


def test_the_folders_of_the_page_import_downwards() -> None:
    arrows = [(one, other) for one, other in _arrows() if _room(one) != _room(other)]
    assert len(arrows) > 100
    upwards = [f"{one} -> {other}" for one, other in arrows if RANKS[_room(one)] >= RANKS[_room(other)]]
    assert not upwards
