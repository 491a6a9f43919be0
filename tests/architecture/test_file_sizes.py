"""A file that has grown beyond 400 lines does more than one thing: split it, by subject."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("experiments", "search_spaces", "service", "tests")
NOT_OURS = {"node_modules", "dist", "build", "__pycache__"}
SUFFIXES = {".py", ".ts", ".tsx", ".css"}
GENERATED = {Path("service/dashboard/src/api/schema.ts")}
LONGEST = 400


def _sources() -> list[Path]:
    files = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return [path for path in files if path.suffix in SUFFIXES and not NOT_OURS & set(path.parts)]


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in _sources() if path not in GENERATED}
    assert len(lengths) > 100
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
