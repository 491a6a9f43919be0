"""What this machine offers to runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from service.settings import Settings


def count_gpus() -> int:
    """How many GPUs this machine has."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def n_cpus() -> int:
    """The CPUs this process may use."""
    return len(os.sched_getaffinity(0))


def offered(settings: Settings) -> Mapping[str, float]:
    """How many CPUs and GPUs a service with these settings offers to one run; without those only its cluster knows."""
    local = settings.pool == "process" or settings.ray_address == "local"
    known: dict[str, float | None] = {
        "CPUs": max(n_cpus(), settings.workers) if local else None,
        "GPUs": count_gpus() if local and settings.gpus is None else settings.gpus,
    }
    return {name: float(n) for name, n in known.items() if n is not None}
