"""Trials of a study."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from service.api.dependencies import Cursor, PresenterDep, StoreDep, StudyDep
from service.api.schemas import studies as schemas
from service.api.schemas.refusals import NOT_FOUND
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
    distributions: Annotated[bool, Query(description="Also say what each parameter was drawn from.")] = False,
) -> schemas.Page[schemas.Trial]:
    """A study's trials, by number."""
    page = store.trials.page(study.id, cursor=cursor, limit=limit, states=state)
    items = presenter.trials(study, page.items, distributions=distributions)
    return schemas.Page(items=items, next_cursor=page.next_cursor)


@router.get("/studies/{study}/trials/{number}", responses=NOT_FOUND)
def get_trial(
    study: StudyDep, number: Annotated[int, Path(ge=0, le=2**31 - 1)], store: StoreDep, presenter: PresenterDep
) -> schemas.TrialDetail:
    """One trial with its configuration and runs."""
    return presenter.trial(study, store.trials.get(study.id, number))
