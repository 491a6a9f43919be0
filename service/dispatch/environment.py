"""The environment variables of worker processes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping

from service.study.jobs import Resources


def worker_environment(resources: Resources, gpus: Mapping[int, int]) -> dict[str, str]:
    """This process's variables, with those that keep a worker to what it was granted."""
    return {**os.environ, **limits(resources), "CUDA_VISIBLE_DEVICES": ",".join(map(str, sorted(gpus)))}


def limits(resources: Resources) -> dict[str, str]:
    """Variables that must stand before torch is imported: threads, no display, nothing from the current directory."""
    threads = str(max(1, math.floor(resources.cpus)))
    return {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "MPLBACKEND": "Agg", "PYTHONSAFEPATH": "1"}
