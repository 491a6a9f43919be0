"""Saved views of a study: names for what the page shows, the same for all who open it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from service.api.dependencies import StoreDep, StudyDep
from service.api.http.documents import body_of, read_as
from service.api.routes.studies import Fields
from service.api.schemas.examples import VIEW, VIEW_PATCH
from service.api.schemas.refusals import CONFLICT, NOT_FOUND, problems
from service.api.schemas.views import SavedView, SavedViews, ViewDraft, ViewPatch
from service.study.views import View

router = APIRouter(tags=["studies"])
UNREAD = problems(413, 415)

ViewId = Annotated[str, Path(description="A view's id.")]


@router.get("/studies/{study}/views", responses=NOT_FOUND)
def list_views(study: StudyDep, store: StoreDep) -> SavedViews:
    """The study's saved views, by name."""
    return SavedViews(items=[_shown(view) for view in store.views.of_study(study.id)])


@router.post(
    "/studies/{study}/views",
    status_code=HTTP_201_CREATED,
    openapi_extra=body_of("ViewDraft", VIEW, yaml=False),
    responses=NOT_FOUND | CONFLICT | UNREAD,
)
def save_view(study: StudyDep, view: Fields, store: StoreDep) -> SavedView:
    """Save what the page shows under a name. A name that is taken is refused, so that nobody's view is lost unasked."""
    draft = read_as(ViewDraft, view)
    return _shown(store.views.create(study.id, draft.name, draft.tab, draft.query))


@router.patch(
    "/studies/{study}/views/{view}",
    openapi_extra=body_of("ViewPatch", VIEW_PATCH, yaml=False),
    responses=NOT_FOUND | CONFLICT | UNREAD,
)
def change_view(study: StudyDep, view: ViewId, changes: Fields, store: StoreDep) -> SavedView:
    """Call a view otherwise, or save something else under its name."""
    patch = read_as(ViewPatch, changes)
    return _shown(store.views.change(study.id, view, patch.model_dump(exclude_unset=True)))


@router.delete("/studies/{study}/views/{view}", status_code=HTTP_204_NO_CONTENT, responses=NOT_FOUND)
def delete_view(study: StudyDep, view: ViewId, store: StoreDep) -> None:
    """Forget a view; what it showed stays."""
    store.views.delete(study.id, view)


def _shown(view: View) -> SavedView:
    return SavedView(**asdict(view))
