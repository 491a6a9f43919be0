"""The service itself: whether it answers, and whether it works."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from fastapi import APIRouter, Response

from service.api.dependencies import StoreDep
from service.api.presenters.waits import absence
from service.api.schemas import service as schemas
from service.api.schemas.refusals import problems
from service.storage.mlflow_sync.sync_items import Rejections

router = APIRouter(tags=["service"], responses=problems(421))


def package_version() -> str:
    """The installed version of Studyhall."""
    try:
        return version("studyhall")
    except PackageNotFoundError:
        return "unknown"


@router.get("/healthz")
async def get_health() -> schemas.Health:
    """Whether this process answers; it asks nobody else."""
    return schemas.Health(version=package_version())


@router.get("/readyz", responses={503: {"model": schemas.Readiness, "description": "Not ready"}})
def get_readiness(store: StoreDep, response: Response) -> schemas.Readiness:
    """Whether the database answers and the engine lives, so that a study would be worked on.

    What MLflow refuses makes the service `degraded`, which answers 200 too: no study suffers from it.
    """
    seen = store.leadership.engine_seen()
    reason = store.leadership.trouble() or absence(seen)
    response.status_code = 503 if reason else 200
    status: Literal["ready", "degraded", "not ready"] = "not ready" if reason else "ready"
    rejected = store.sync_items.rejections()
    if rejected and not reason:
        status, reason = "degraded", _refusal(list(rejected.values()))
    return schemas.Readiness(
        status=status,
        engine_seen_seconds=seen,
        mlflow_pending=store.sync_items.n_dirty(),
        mlflow_rejected=sum(found.n for found in rejected.values()),
        reason=reason,
    )


def _refusal(rejected: Sequence[Rejections]) -> str:
    """Which study has most of what MLflow refuses, and why."""
    most = max(rejected, key=lambda found: found.n)
    trials = f"{most.n} trial{'s' if most.n > 1 else ''} of study {most.study!r}"
    others = f", nor some of {len(rejected) - 1} other studies" if len(rejected) > 1 else ""
    return f"MLflow does not show {trials}{others}: {most.error}"
