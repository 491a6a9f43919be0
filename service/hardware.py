"""What this machine offers to runs."""

from __future__ import annotations

from pathlib import Path

from service.settings import Settings


def count_gpus() -> int:
    """How many GPUs this machine has."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def offered_gpus(settings: Settings) -> float | None:
    """How many GPUs a service with these settings offers; nothing where only its cluster knows."""
    if settings.gpus is not None:
        return settings.gpus
    local = settings.pool == "process" or settings.ray_address == "local"
    return float(count_gpus()) if local else None
