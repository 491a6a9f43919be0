"""What a study would have started next."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Start:
    """Something that waits for a worker."""

    begin: Callable[[], Coroutine[Any, Any, None]]
    alone: bool = False
    """Whether nothing else may train on its node meanwhile."""
