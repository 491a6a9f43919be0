"""What does something in the process that unpickles it, for a helper process to be lost by."""

from __future__ import annotations

from typing import Any


class Acts:
    """Does something in the process that unpickles it."""

    def __init__(self, *call: Any) -> None:
        self._call = call

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        function, *arguments = self._call
        return function, tuple(arguments)
