"""Runs and what they leave: curves, log, artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from service.api.curves.encoding import run_curves
from service.api.dependencies import ArtifactStoreDep, PresenterDep, RunDep, StoreDep
from service.api.presenters.records import artifact, shown_attempt
from service.api.schemas import studies as schemas
from service.api.schemas.curves import RunCurves
from service.api.schemas.refusals import NOT_FOUND, Responses
from service.errors import Unavailable
from service.storage.blobs.artifact_store import ArtifactStore

router = APIRouter(tags=["runs"])
CHUNK = 1 << 20
SHOWN = ("image/", "text/", "application/json")
"""Media types a browser may show; everything else is downloaded."""
ACTIVE = ("html", "xml", "xsl")
"""In the names of those in which scripts can stand; an image may be ``svg+xml``."""
FILE: Responses = {200: {"content": {"*/*": {}}, "description": "The file's bytes, as what they are"}}


@router.get("/runs/{run}", responses=NOT_FOUND)
def get_run(run: RunDep, presenter: PresenterDep) -> schemas.Run:
    """One run with its artifacts."""
    return presenter.run(run)


@router.get("/runs/{run}/curves", response_model=RunCurves, responses=NOT_FOUND)
def get_run_curves(run: RunDep, store: StoreDep) -> Response:
    """Every point of every metric of one run."""
    return Response(run_curves(store.curves.get(run.id)), media_type="application/json")


@router.get("/runs/{run}/log", response_class=PlainTextResponse, responses=NOT_FOUND)
def get_run_log(
    run: RunDep,
    store: StoreDep,
    after: Annotated[int, Query(ge=0, description="Only what stands behind so many bytes; a log only grows.")] = 0,
) -> Response:
    """The run's log; of a failed run it ends in the traceback."""
    return PlainTextResponse(store.runs.log(run.id).encode()[after:])


@router.get("/runs/{run}/attempts", responses=NOT_FOUND)
def list_attempts(run: RunDep, store: StoreDep) -> schemas.Attempts:
    """The run's starts on workers: what it went on from, where, and how each ended."""
    return schemas.Attempts(items=[shown_attempt(found) for found in store.runs.attempts(run.id)])


@router.get("/runs/{run}/artifacts", responses=NOT_FOUND)
def list_artifacts(run: RunDep, store: StoreDep) -> schemas.Artifacts:
    """The files that the run left."""
    return schemas.Artifacts(items=[artifact(found) for found in store.runs.artifacts(run.id)])


@router.get(
    "/runs/{run}/artifacts/{path:path}",
    response_class=StreamingResponse,
    responses=FILE | NOT_FOUND,
)
def get_artifact(run: RunDep, path: str, store: StoreDep, bytes_: ArtifactStoreDep) -> Response:
    """One file that the run left."""
    found = store.runs.artifact(run.id, path)
    media_type = found.media_type.lower()
    shown = media_type.startswith(SHOWN) and not any(word in media_type for word in ACTIVE)
    name = quote(path.rpartition("/")[2])
    headers = {
        "Content-Length": str(found.size),
        "ETag": f'"{found.sha256}"',
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",  # what a browser runs nevertheless is not of our origin
    }
    return StreamingResponse(_chunks(_opened(bytes_, found.sha256)), headers=headers, media_type=found.media_type)


def _opened(artifacts: ArtifactStore, sha256: str) -> BinaryIO:
    try:
        return artifacts.open(sha256)
    except OSError as error:
        raise Unavailable(f"the artifact store does not answer: {error}") from error


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with closing(file):
        while chunk := file.read(CHUNK):
            yield chunk
