"""The table of figures: what was measured, beside what was aimed at."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np


def begin() -> None:
    """Print the head."""
    print("| | measured | aimed at | load |\n|---|---|---|---|", flush=True)


def row(what: str, measured: str, goal: str = "") -> None:
    """Print a line, with the load of the machine at its end."""
    print(f"| {what} | {measured} | {goal} | {os.getloadavg()[0]:.1f} |", flush=True)


def spread(values: Sequence[float], unit: str) -> str:
    """Half and 95 of 100."""
    half, late = np.quantile(values, [0.5, 0.95])
    return f"{half:.1f} and {late:.1f} {unit}"


def median(values: Sequence[float], unit: str) -> str:
    """The median, and the least and the greatest of the others."""
    return f"{np.median(values):.2f} {unit} ({min(values):.2f} to {max(values):.2f})"
