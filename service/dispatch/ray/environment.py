"""The variables that Ray reads when it starts, and when a process attaches to it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from service.environment import replace_environment, without_ours
from service.errors import PoolFailed

SHARED = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "PYTHONSAFEPATH": "1"}
"""What any Ray of ours is given, a cluster of others too."""
_SILENT = {"RAY_task_events_report_interval_ms": "0", "RAY_enable_metrics_collection": "0", "RAY_event_stats": "0"}
"""What Ray's processes would report to a dashboard that nobody has, at rest and for each task."""


def local_variables(directory: Path) -> dict[str, str]:
    """What makes the Ray of this private directory stay on loopback and ask for its token.

    Raises:
        PoolFailed: Ray was imported before, and has read them already.
    """
    if "ray" in sys.modules and sys.modules["ray"]._private.ray_constants.ENABLE_RAY_CLUSTER:
        raise PoolFailed("ray was imported too early: it would listen on all interfaces")
    return {
        **SHARED,
        **_SILENT,
        # At Ray's own 15 workers starve beside whatever else computes: after a kill they took seconds longer to come.
        "RAY_worker_niceness": os.environ.get("RAY_worker_niceness", "5"),  # noqa: SIM112 - so Ray spells it
        # Ours are actors with an environment of their own: the plain workers that Ray starts first are never used.
        "RAY_prestart_worker_first_driver": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # undocumented: loopback only
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(directory / "token"),
    }


@contextlib.contextmanager
def ray_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let what is started inside the block see these variables and no secret of ours, and then put all back."""
    before = dict(os.environ)
    replace_environment(without_ours(before) | dict(variables))
    try:
        yield
    finally:
        added = {name: value for name, value in os.environ.items() if name not in before and name not in variables}
        replace_environment(added | before)
