"""The tracker and its MLflow as the settings ask for them, and the lock that keeps a second one away."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from service.settings import Settings
from service.storage.blobs.artifact_store import ArtifactStore
from service.storage.store import Store
from service.tracking.local import LocalMlflow
from service.tracking.port import Mlflow
from service.tracking.remote import RemoteMlflow
from service.tracking.tracker import Tracker

LOCK = "tracking.lock"


def open_mlflow(settings: Settings) -> Mlflow:
    """Another's server by its URI, or else the store of our own."""
    artifacts = ArtifactStore(settings.artifacts)
    if settings.mlflow_tracking_uri:
        return RemoteMlflow(settings.mlflow_tracking_uri, artifacts, _page(settings))
    database = settings.directory / "mlflow" / "mlflow.db"
    return LocalMlflow(database, settings.mlflow_artifacts, artifacts, served=settings.mlflow_port > 0)


@contextmanager
def tracking(settings: Settings, database: Engine) -> Iterator[Tracker]:
    """A tracker on the settings' MLflow."""
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    mlflow = open_mlflow(settings)
    try:
        yield Tracker(Store(database), mlflow, _page(settings))
    finally:
        mlflow.close()


@contextmanager
def alone(directory: Path, *, wait: bool) -> Iterator[bool]:
    """Whether this is the only tracker of the data directory; ``wait`` until it is."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(lock)


def _page(settings: Settings) -> str:
    """The dashboard's address for an MLflow elsewhere; our own server is shown under the address of the dashboard."""
    if not settings.mlflow_tracking_uri:
        return ""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
