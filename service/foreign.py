"""Users' own experiments and components, made known to a process of the service."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import entry_points

from experiments.errors import TrainingError
from experiments.foreign import COMPONENT_GROUP, EXPERIMENT_GROUP, describe, register

logger = logging.getLogger(__name__)


def register_foreign(modules: Sequence[str] = ()) -> None:
    """Describe in a subprocess what is installed or named in ``modules``, and register it by name.

    It takes some seconds if there is anything, and no time otherwise. What cannot be used is logged with the reason;
    the built-in parts work all the same.
    """
    if not modules and not any(entry_points(group=group) for group in (EXPERIMENT_GROUP, COMPONENT_GROUP)):
        return
    try:
        description = describe(modules)
        register(description)
    except (TrainingError, ValueError):
        logger.exception("users' own experiments and components cannot be used")
        return
    for refused in description["refused"]:
        logger.warning("%s is left out: %s", refused["name"], refused["reason"])
