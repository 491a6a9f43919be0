"""The workers: what runs where, what ran where when, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from service.api.dependencies import StoreDep, StudyDep
from service.api.presenters.records import shown_attempt
from service.api.schemas import workers as schemas
from service.api.schemas.refusals import NOT_FOUND
from service.storage.runs import Place
from service.study.records import Stay
from service.study.waits import Wait

router = APIRouter(tags=["service"])
MOST_STAYS = 2000
Limit = Annotated[int, Query(ge=1, le=10_000, description="So many starts, those that ended last.")]


@router.get("/workers")
def list_workers(store: StoreDep) -> schemas.Workers:
    """Every worker there is now, what waits for one, and the processes that ask samplers."""
    workers = store.workers.all()
    places = store.runs.places([worker.run_id for worker in workers if worker.run_id])
    items = [
        schemas.Worker(
            id=worker.id,
            state=worker.state,
            cpus=worker.key.resources.cpus,
            gpus=worker.key.resources.gpus,
            pid=worker.pid,
            host=worker.host,
            run_id=worker.run_id,
            **_place(places.get(worker.run_id or "")),
        )
        for worker in workers
    ]
    waits = list(store.workers.waits().values())
    return schemas.Workers(
        items=items,
        waiting=[schemas.WaitingStudy(priority=wait.priority, reason=wait.reason, **_next_run(wait)) for wait in waits],
        reserved=[
            schemas.ReservedNode(node=wait.node, alone=wait.alone, **_next_run(wait)) for wait in waits if wait.node
        ],
        samplers=[schemas.SamplerProcess(**asdict(process)) for process in store.workers.sampler_processes()],
    )


@router.get("/workers/timeline")
def get_timeline(
    store: StoreDep,
    hours: Annotated[float, Query(gt=0, le=24 * 31, description="How far back from now.")] = 1.0,
    limit: Limit = MOST_STAYS,
) -> schemas.Timeline:
    """What ran where when, of all studies."""
    since = datetime.now(UTC) - timedelta(hours=hours)
    return _timeline(store.runs.stays(limit + 1, since=since), limit)


@router.get("/studies/{study}/timeline", responses=NOT_FOUND)
def get_study_timeline(study: StudyDep, store: StoreDep, limit: Limit = MOST_STAYS) -> schemas.Timeline:
    """What of a study ran where when."""
    return _timeline(store.runs.stays(limit + 1, study_id=study.id), limit)


def _timeline(found: Sequence[Stay], limit: int) -> schemas.Timeline:
    return schemas.Timeline(items=[_stay(each) for each in found[:limit]], has_more=len(found) > limit)


def _stay(found: Stay) -> schemas.Stay:
    attempt = shown_attempt(found.attempt)
    return schemas.Stay(study=found.study, trial=found.trial_number, run_id=found.attempt.run_id, **dict(attempt))


def _next_run(wait: Wait) -> dict[str, Any]:
    return {"study": wait.study, "cpus": wait.resources.cpus, "gpus": wait.resources.gpus}


def _place(found: Place | None) -> dict[str, Any]:
    return dict.fromkeys(("study", "trial", "since")) if found is None else found._asdict()
