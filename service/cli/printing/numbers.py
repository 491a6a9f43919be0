"""Numbers as the command prints them."""

from __future__ import annotations


def number(value: float) -> str:
    """A value in at most six significant digits."""
    return f"{value:.6g}"
