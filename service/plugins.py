"""Users' own experiments and components, made known to a process of the service, and kept as the files are."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.errors import left_out
from experiments.plugins.descriptions import description_of, still_holds
from experiments.plugins.registration import register
from service.environment import without_ours
from service.settings import Settings

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds before code that ended the process which imported it is tried again without having changed."""


class Plugins:
    """What this process knows of users' own code. It imports none of it."""

    def __init__(self, settings: Settings, tell: Callable[[Sequence[Mapping[str, str]]], None] | None = None) -> None:
        """``tell`` hears what is left out, names and reasons, whenever that may have changed."""
        self._modules = settings.components
        self._folder = settings.cache_directory / "descriptions"
        self._tell = tell
        self._lock = threading.Lock()
        self._known: Mapping[str, Any] | None = None
        self._since = 0.0

    def follow(self) -> None:
        """Register by name what is installed or set, as it is now.

        It takes some seconds when something has changed that nobody has described before, and otherwise the time to
        read the files. What cannot be used is logged with the reason; the built-in parts work all the same.
        """
        with self._lock:
            if self._known is not None and self._holds(self._known):
                return
            self._known = description_of(self._modules, self._folder, without_ours(os.environ))
            self._since = time.monotonic()
            try:
                register(self._known)
            except ValueError:
                logger.exception("users' own experiments and components cannot be used")
            for refused in self._known["refused"]:
                logger.warning(left_out(refused["name"], refused["reason"]))
            if self._tell is not None:
                self._tell(self._known["refused"])

    def _holds(self, known: Mapping[str, Any]) -> bool:
        waited = time.monotonic() - self._since > PATIENCE
        return still_holds(known, self._modules) and not (known.get("failed") and waited)


def register_plugins(settings: Settings) -> Plugins:
    """Make users' own code known, once; what comes back follows it."""
    plugins = Plugins(settings)
    plugins.follow()
    return plugins
