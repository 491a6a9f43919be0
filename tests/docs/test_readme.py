"""The README is for somebody who has ten minutes, and its map shows the house as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MOST_WORDS = 900
MAPPED = ("experiments", "search_spaces", "service")


def drawn() -> Iterator[str]:
    """The paths on the map: a name stands in the folder of the last line that began at the margin."""
    top = ""
    for line in README.partition("## The map")[2].split("```")[1].splitlines()[1:]:
        if not line.startswith(" "):
            top = line.split()[0].rstrip("/")
            yield top
            names = re.findall(r"(\w+)/", line)[1:]
        else:
            names = re.findall(r"(\w+(?:\.py|(?=/)))", line)
        yield from (f"{top}/{name}" for name in names)


def test_it_is_short() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_all_that_is_drawn_is_there() -> None:
    assert [path for path in drawn() if not (ROOT / path).exists()] == []


def test_every_room_is_drawn() -> None:
    rooms = [path.parent for top in MAPPED for path in ROOT.glob(f"{top}/*/__init__.py")]
    rooms += [ROOT / "service" / "dashboard"]
    assert {str(room.relative_to(ROOT)) for room in rooms} - {*drawn()} == set()
