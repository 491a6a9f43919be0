"""The environment variables of worker processes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.study.jobs import Resources

LABEL = "STUDYHALL_PART"
"""Which part of which service a process is, or comes from."""
LABELS = frozenset({LABEL, "STUDYHALL_RAY_DIRECTORY"})
"""By these a process of ours is found when it has to end; they tell nothing else."""
OURS = (
    *("STUDYHALL_", "DATABASE_URL", "POSTGRES_"),
    *("PGPASS", "PGSERVICE", "PGSSLKEY", "PGSSLPASSWORD"),  # of libpq: where the password or the key of a user is
    *("MLFLOW_TRACKING_", "MLFLOW_REGISTRY_", "MLFLOW_BACKEND_STORE_", "DATABRICKS_"),
)
"""Beginnings of the names of what only the API, the engine and the tracker need."""


def worker_environment(resources: Resources, gpus: Mapping[int, int]) -> dict[str, str]:
    """What the user set in this process's variables, with those that keep a worker to what it was granted."""
    return {**without_ours(os.environ), **limits(resources), "CUDA_VISIBLE_DEVICES": ",".join(map(str, sorted(gpus)))}


def without_ours(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that a worker may see: all but our settings and the ways into our database and MLflow.

    Workers run users' code, which needs variables that nobody can list (CUDA's, a data set's, the artifact store's
    credentials). Our own are known, so these are what is taken away.
    """
    return {name: value for name, value in variables.items() if name in LABELS or not name.startswith(OURS)}


def forget_settings() -> None:
    """Take our settings out of this process's variables once they are read: what it starts shall not inherit them."""
    kept = {name: value for name, value in os.environ.items() if name in LABELS or not name.startswith("STUDYHALL_")}
    replace_environment(kept)


def replace_environment(variables: Mapping[str, str]) -> None:
    """Make these this process's variables."""
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


def limits(resources: Resources) -> dict[str, str]:
    """Variables that must stand before torch is imported: threads, no display, nothing from the current directory."""
    threads = str(max(1, math.floor(resources.cpus)))
    return {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "MPLBACKEND": "Agg", "PYTHONSAFEPATH": "1"}
