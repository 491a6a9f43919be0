"""What routes are given: the store, the presenter, and what the path names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from service.api.analyses import Analyses
from service.api.curves.bodies import Bodies
from service.api.presenters.records import Presenter
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.store import ApiStore
from service.study import records
from service.study.filters import LONGEST, Filter, parse_filter


def get_store(request: Request) -> ApiStore:
    """The app's store."""
    store: ApiStore = request.app.state.store
    return store


def get_artifact_store(request: Request) -> ArtifactStore:
    """The app's artifact store."""
    artifacts: ArtifactStore = request.app.state.artifacts
    return artifacts


def get_analyses(request: Request) -> Analyses:
    """Who answers questions about studies."""
    analyses: Analyses = request.app.state.analyses
    return analyses


def get_bodies(request: Request) -> Bodies:
    """Who keeps encoded curves."""
    bodies: Bodies = request.app.state.bodies
    return bodies


BodiesDep = Annotated[Bodies, Depends(get_bodies)]
StoreDep = Annotated[ApiStore, Depends(get_store)]
ArtifactStoreDep = Annotated[ArtifactStore, Depends(get_artifact_store)]
AnalysesDep = Annotated[Analyses, Depends(get_analyses)]


def get_presenter(request: Request, store: StoreDep) -> Presenter:
    """Turns records into answers."""
    return Presenter(store, request.app.state.mlflow_ui)


PresenterDep = Annotated[Presenter, Depends(get_presenter)]


def get_study(store: StoreDep, study: Annotated[str, Path(description="A study's name or id.")]) -> records.Study:
    """The study that the path names."""
    return store.studies.get(study)


def get_run(store: StoreDep, run: Annotated[str, Path(description="A run's id.")]) -> records.Run:
    """The run that the path names."""
    return store.runs.get(run)


def get_filter(
    filter_: Annotated[
        str | None,
        Query(
            alias="filter",
            max_length=LONGEST,
            description="Only what it chooses: `state = COMPLETED and optimizer = adamw and val_loss < 0.2`. `and`, "
            "`or`, `not`, brackets; `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains) and `in (a, b)`.",
        ),
    ] = None,
) -> Filter | None:
    """The filter that the query names."""
    return parse_filter(filter_) if filter_ else None


FilterDep = Annotated[Filter | None, Depends(get_filter)]
StudyDep = Annotated[records.Study, Depends(get_study)]
RunDep = Annotated[records.Run, Depends(get_run)]
IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="Of your choice; a request that is repeated with it acts once.")
]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
