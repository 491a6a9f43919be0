"""The register of what is proved: every component of the catalog has a law, which a test shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

PROVED: set[str] = set()
"""``kind.name`` of every component that a test with ``law`` is about; complete once all law modules are imported."""

T = TypeVar("T", bound=Callable[..., object])


def law(*components: str) -> Callable[[T], T]:
    """Note that the decorated test shows the law of these components, e.g. ``@law("optimizer.adamw")``."""
    PROVED.update(components)
    return lambda test: test
