"""The texts that people read, and the code in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = {str(path.relative_to(ROOT)): path.read_text() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))}

_FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")


def code_of(text: str) -> list[str]:
    """What stands as code: the lines of blocks, without comments, and what stands between backticks."""
    lines = [line.partition(" #")[0].strip() for block in _FENCE.findall(text) for line in block.splitlines()]
    return [*lines, *(" ".join(span.split()) for span in _INLINE.findall(_FENCE.sub("", text)))]
