"""What curves are drawn over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.api.schemas.curves import XAxis
from service.storage.curves.format import TIMES
from service.storage.curves.reading import Points
from service.study.records import RunHead


def times_of(axes: Sequence[XAxis]) -> list[str]:
    """The times that must be read for these axes."""
    return [axis for axis in axes if axis in TIMES]


def began_at(run: RunHead) -> float:
    """When a run began, in seconds since 1970; 0 of one that no worker has taken, and which so has no points."""
    return run.started_at.timestamp() if run.started_at else 0.0


def x_of(points: Points, run: RunHead, axis: XAxis) -> NDArray[Any]:
    """Where the points of a run stand. Its wall time counts from its start, its share of the budget is of its epochs.

    NaN where a run has no such place, because nobody planned how many epochs it has.
    """
    if axis == "wall_time":
        return points.times[axis] - began_at(run)
    if axis == "training_time":
        return points.times[axis]
    step, epoch, _ = points.progress
    if axis == "budget_share":
        return epoch / (run.planned_epochs or np.nan)
    return step if axis == "step" else epoch
