"""Resume checkpoints of a run: which of them are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

KEPT = 2
"""The newest, and the one before in case the newest is damaged."""

Checkpoint = Mapping[str, Any]
"""``{"sha256": …, "size": …, "step": …, "judged_epoch": …}``; the last is the epoch up to which the pruner had let the
run pass."""


def with_newest(checkpoint: Checkpoint, before: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Those that are kept once there is a new one, newest first.

    One that lies beyond the new one is none the run went on from: it was damaged.
    """
    return (checkpoint, *(each for each in before if each["step"] < checkpoint["step"]))[:KEPT]
