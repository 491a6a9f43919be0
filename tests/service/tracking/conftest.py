"""A store to project, and the local MLflow store to project it to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from service.settings import Settings
from service.tracking.opening import tracking
from service.tracking.tracker import Tracker
from tests.support.tracking import Engine, empty_mlflow, engine_on


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a data directory whose MLflow is empty."""
    settings = Settings(home=tmp_path / "home")
    (settings.directory / "mlflow").mkdir(parents=True)
    shutil.copy(empty_mlflow(), settings.directory / "mlflow" / "mlflow.db")
    return settings


@pytest.fixture
def engine(settings: Settings, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty store."""
    with engine_on(settings, tmp_path) as engine:
        yield engine


@pytest.fixture
def tracker(settings: Settings, engine: Engine) -> Iterator[Tracker]:
    """A tracker that writes to the local MLflow."""
    with tracking(settings, engine.database) as tracker:
        yield tracker


@pytest.fixture
def client(settings: Settings) -> MlflowClient:
    """A client on the local MLflow."""
    return MlflowClient(settings.mlflow_database)
