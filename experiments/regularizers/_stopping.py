"""When to stop early: each criterion gives the number of the epoch after which a run ends, or nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence


def since_best(history: Sequence[float], min_delta: float) -> int:
    """Epochs since the last improvement by more than ``min_delta``."""
    best, since = math.inf, 0
    for value in history:
        best, since = (value, 0) if value < best - min_delta else (best, since + 1)
    return since


def generalization_loss(history: Sequence[float]) -> float:
    """GL = 100 · (E(t) / min E - 1), in per cent."""
    return 100.0 * _excess(history[-1], min(history))


def progress(losses: Sequence[float], strip: int) -> float:
    """P = 1000 · (mean / min - 1) of the training losses of the last ``strip`` epochs, in per mille."""
    last = losses[-strip:]
    return 1000.0 * _excess(sum(last) / len(last), min(last))


def rises(history: Sequence[float], strip: int) -> int:
    """In how many strips running, up to the last epoch, the error at the end is above that at the end before."""
    ends = history[strip - 1 :: strip]
    count = 0
    while count + 1 < len(ends) and ends[-1 - count] > ends[-2 - count]:
        count += 1
    return count


def _excess(value: float, least: float) -> float:
    """The share by which a value is above the least one; infinite above an error of 0."""
    if least == 0.0:
        return math.inf if value > 0.0 else 0.0
    return value / least - 1.0
