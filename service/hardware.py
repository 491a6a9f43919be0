"""What this machine offers to runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from service.settings import Settings


def count_gpus() -> int:
    """How many GPUs this machine has."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def n_cpus() -> int:
    """The CPUs this process may use."""
    return len(os.sched_getaffinity(0))


def memory_gb() -> float:
    """The memory that this process and its children may use together, in 10⁹ bytes."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):  # outside of a container there is no such file, or it says "max"
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total / 1e9


def offered(settings: Settings) -> Mapping[str, float]:
    """How much of what a service with these settings offers to one run; without what its cluster alone knows."""
    local = settings.pool == "process" or settings.ray_address == "local"
    known: dict[str, float | None] = {
        "CPUs": max(n_cpus(), settings.workers) if local else None,
        "GPUs": count_gpus() if local and settings.gpus is None else settings.gpus,
        "GB": memory_gb() if settings.pool == "process" else None,
    }
    return {name: float(n) for name, n in known.items() if n is not None}
