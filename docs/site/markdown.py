"""Texts of the code as Markdown: docstrings, help and formulas may hold characters that Markdown reads as marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(``.+?``|`.+?`)", re.DOTALL)
_MARKS = re.compile(r"([\\*_\[\]<>|$#~{}])")


def prose(text: str) -> str:
    """Plain text with code between backticks, and every other mark as the character that it is."""
    return "".join(part if _CODE.fullmatch(part) else _MARKS.sub(r"\\\1", part) for part in _CODE.split(text))


def code(value: object) -> str:
    """Code within a line, which may stand in a cell of a table."""
    text = str(value).replace("|", "\\|")
    return f"`{text}`" if text else ""


def block(text: str, language: str = "text") -> str:
    """Code in lines of its own."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty where there are no rows."""
    lines = ["| " + " | ".join(cell.replace("\n", " ") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(heading) + " |", "|---" * len(heading) + "|", *lines, ""])


def listed(lines: Iterable[str]) -> str:
    """A list, one point a line."""
    return "".join(f"- {line}\n" for line in lines)


def page(*parts: str) -> str:
    """Parts with an empty line between them; empty parts are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
