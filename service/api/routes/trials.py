"""Trials of a study."""

from __future__ import annotations

import operator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.status import HTTP_201_CREATED

from service.api.dependencies import Cursor, FilterDep, IdempotencyKey, PresenterDep, StoreDep, StudyDep
from service.api.http.documents import body_of, fingerprint, read_as, read_mapping
from service.api.own_code import PLUGINS_REGISTERED
from service.api.schemas import studies as schemas
from service.api.schemas.actions import Queued, TrialQueue
from service.api.schemas.examples import QUEUE
from service.api.schemas.refusals import CONFLICT, NOT_FOUND, problems
from service.study.definitions.objectives import objective_of
from service.study.definitions.queue import read_queue
from service.study.definitions.submission import definition_of
from service.study.states import RunState

router = APIRouter(tags=["trials"])


@router.get("/studies/{study}/trials", responses=NOT_FOUND)
def list_trials(
    *,
    study: StudyDep,
    store: StoreDep,
    presenter: PresenterDep,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    state: Annotated[list[RunState] | None, Query(description="Only trials in these states.")] = None,
    number: Annotated[
        list[Annotated[int, Field(ge=0, le=2**31 - 1)]] | None,
        Query(max_length=1000, description="Only the trials of these numbers, where they exist."),
    ] = None,
    chosen: FilterDep = None,
    distributions: Annotated[bool, Query(description="Also say what each parameter was drawn from.")] = False,
) -> schemas.Page[schemas.Trial]:
    """A study's trials, by number."""
    page = store.trials.page(study.id, cursor=cursor, limit=limit, states=state, numbers=number, chosen=chosen)
    items = presenter.trials(study, page.items, distributions=distributions)
    return schemas.Page(items=items, next_cursor=page.next_cursor)


@router.get("/studies/{study}/trial-numbers", responses=NOT_FOUND)
def list_trial_numbers(study: StudyDep, store: StoreDep, chosen: FilterDep = None) -> schemas.TrialNumbers:
    """The numbers of all trials that a filter chooses, and nothing else of them."""
    return schemas.TrialNumbers(items=list(store.trials.numbers(study.id, chosen)))


@router.get("/studies/{study}/improvements", responses=NOT_FOUND)
def list_improvements(study: StudyDep, store: StoreDep) -> schemas.Improvements:
    """How the best value came about, in as few numbers as a line in a list needs."""
    values = store.trials.values_as_they_came(study.id)
    better = operator.gt if objective_of(study.definition).direction == "maximize" else operator.lt
    found: list[tuple[int, float]] = []
    for n, value in enumerate(values, 1):
        if not found or better(value, found[-1][1]):
            found.append((n, value))
    return schemas.Improvements(n_completed=[n for n, _ in found], value=[value for _, value in found], n=len(values))


@router.get("/studies/{study}/trials/{number}", responses=NOT_FOUND)
def get_trial(
    study: StudyDep, number: Annotated[int, Path(ge=0, le=2**31 - 1)], store: StoreDep, presenter: PresenterDep
) -> schemas.TrialDetail:
    """One trial with its configuration and runs."""
    return presenter.trial(study, store.trials.get(study.id, number))


@router.post(
    "/studies/{study}/trials",
    status_code=HTTP_201_CREATED,
    dependencies=[PLUGINS_REGISTERED],
    openapi_extra=body_of("TrialQueue", QUEUE, yaml=False),
    responses=NOT_FOUND | CONFLICT | problems(413, 415),
)
def queue_trials(
    *,
    study: StudyDep,
    document: Annotated[dict[str, Any], Depends(read_mapping)],
    digest: Annotated[str, Depends(fingerprint)],
    store: StoreDep,
    idempotency_key: IdempotencyKey = None,
) -> Queued:
    """Queue configurations of a study that has not ended: they are tried before its sampler is asked again.

    They count among max_trials, and the sampler learns what they come to. One that is wrong refuses all of them.
    """
    queue = read_as(TrialQueue, document).queue
    definition = definition_of(study, store.studies.expanded_space(study.id))
    points = read_queue(definition.search_space(), queue)
    idempotency = (idempotency_key, digest) if idempotency_key else None
    return Queued(waiting=store.queue.add(study.id, points, idempotency=idempotency))
