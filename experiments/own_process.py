"""How a process of ours is started: with our own packages, whatever stands on the user's path."""

from __future__ import annotations

import sys
from pathlib import Path

LAUNCHER = Path(__file__).resolve().parents[1] / "studyhall.py"
"""Run by its path: a name would be looked for on the user's path first."""


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules as ``python -m`` does, e.g. ``command("service.api")``."""
    return [sys.executable, "-P", str(LAUNCHER), module, *arguments]
