"""What curves are drawn over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.api.schemas.curves import XAxis
from service.storage.curves.format import Curve
from service.study.records import RunHead


def x_of(curve: Curve, run: RunHead, axis: XAxis) -> NDArray[Any]:
    """Where the points of a run stand. Its wall time counts from its start, its share of the budget is of its epochs.

    NaN where a run has no such place, because nobody planned how many epochs it has.
    """
    match axis:
        case "wall_time":
            begun = curve.wall_time[0] if run.started_at is None else run.started_at.timestamp()
            return np.maximum(curve.wall_time - begun, 0.0)  # the worker's clock need not be the engine's
        case "budget_share":
            return curve.epoch / (run.planned_epochs or np.nan)
        case _:
            column: NDArray[Any] = getattr(curve, axis)
            return column
