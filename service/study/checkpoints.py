"""Resume checkpoints of a run: which of them are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

KEPT = 2
"""The newest, and the one before in case the newest is damaged."""

Checkpoint = Mapping[str, Any]
"""``{"sha256": …, "size": …, "step": …, "epoch": …, "judged_place": …}``: the last epoch that it contains, and the
last up to which the pruner had let the run pass."""


def resume_epoch(checkpoints: Sequence[Checkpoint]) -> int:
    """The last epoch that need not be computed again."""
    return int(checkpoints[0].get("epoch", 0)) if checkpoints else 0


def with_newest(checkpoint: Checkpoint, before: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Those that are kept once there is a new one, newest first.

    One that lies beyond the new one is none the run went on from: it was damaged.
    """
    return (checkpoint, *(each for each in before if each["step"] < checkpoint["step"]))[:KEPT]
