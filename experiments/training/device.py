"""Where runs of this process train."""

from __future__ import annotations

import torch


def device() -> str:
    """``cuda`` when a GPU is visible, otherwise ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"
