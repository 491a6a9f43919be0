"""Users' own experiments and components in a process that trains: with their real classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from experiments.errors import left_out
from experiments.plugins.registration import COMPONENT_GROUP, EXPERIMENT_GROUP, entry_points_of, note_looked


def load_plugins(modules: Sequence[str], say: Callable[[str], object]) -> None:
    """Import and register what is installed or listed in ``modules``, and ``say`` what is left out.

    Where there is none of it, nothing heavy is imported.
    """
    if not modules and not entry_points_of(EXPERIMENT_GROUP, COMPONENT_GROUP):
        return
    from experiments.plugins.describing import load  # imports torch

    found = load(modules)
    note_looked(found)
    for refused in found["refused"]:
        say(left_out(refused["name"], refused["reason"]))
