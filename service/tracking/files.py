"""Copies of a run's files, from our artifact store to where MLflow looks for them."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from experiments.reporting import MODEL
from service.errors import ArtifactNotFound
from service.study.records import Artifact
from service.tracking.errors import Refused
from service.tracking.model import FOLDER, PATHS, write_model_files


class ArtifactBytes(Protocol):
    """The artifact store, as far as it is read here."""

    def open(self, sha256: str) -> BinaryIO:
        """The bytes of that hash."""
        ...


def mlflow_path(artifact: Artifact) -> str:
    """Where MLflow has the artifact, below the run's folder."""
    return PATHS.get(artifact.path, artifact.path)


def place(store: ArtifactBytes, artifact: Artifact, folder: Path) -> None:
    """Copy the artifact to where MLflow has it in the folder, in one step, unless it is there already.

    An exported model comes with the files by which MLflow loads it.

    Raises:
        Refused: the artifact's path leads out of the folder, or its bytes are gone.
    """
    target = folder / mlflow_path(artifact)
    path = PurePosixPath(artifact.path)
    if path.is_absolute() or ".." in path.parts:
        raise Refused(f"the artifact path {artifact.path!r} leads out of the run's folder")
    if target.exists() and target.stat().st_size == artifact.size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.part")
    try:
        with store.open(artifact.sha256) as source, unfinished.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except ArtifactNotFound as error:
        raise Refused(f"{artifact.path}: {error}") from error
    if artifact.path == MODEL:
        write_model_files(unfinished, folder / FOLDER, sha256=artifact.sha256, created_at=artifact.created_at)
    unfinished.replace(target)
