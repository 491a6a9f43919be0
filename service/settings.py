"""Settings of the service: environment variables ``STUDYHALL_…``, with what a laptop needs as defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from experiments.documents import LARGEST_DOCUMENT


class Settings(BaseSettings):
    """Everything that differs between a laptop and a cluster."""

    model_config = SettingsConfigDict(env_prefix="STUDYHALL_", extra="ignore", frozen=True)

    home: Path = Field(Path(".studyhall"), description="Data directory: database, artifacts, MLflow's files, logs.")
    host: str = Field("127.0.0.1", description="Address on which the API listens.")
    public_url: str = Field("", description="Address under which browsers reach the service, if not host and port.")
    port: int = Field(8765, ge=0, le=65535, description="Port of the API, the dashboard and MLflow's UI.")
    database_url: str = Field("", description="SQLAlchemy URL; empty for SQLite in the data directory.")
    artifact_url: str = Field("", description="fsspec URL of the artifact store; empty for a folder of `home`.")
    pool: Literal["ray", "process"] = Field("ray", description="Where runs are trained: Ray actors or plain processes.")
    ray_address: str = Field("local", description="`local`, or the address of a Ray cluster.")
    workers: int = Field(0, ge=0, description="Most workers at a time; 0 for one per CPU.")
    gpus: float | None = Field(None, ge=0, description="GPUs to offer; empty to let Ray count them.")
    mlflow_tracking_uri: str = Field("", description="MLflow's tracking URI; empty to run a local server.")
    mlflow_public_url: str = Field("", description="Address under which browsers reach an MLflow that is not ours.")
    mlflow_port: int = Field(0, ge=0, le=65535, description="Loopback port of our MLflow server; 0 for any free one.")
    mlflow_enabled: bool = Field(True, description="Whether to project runs to MLflow at all.")
    components: tuple[str, ...] = Field((), description="Modules to import for users' own components and experiments.")
    max_body_bytes: int = Field(LARGEST_DOCUMENT, gt=0, description="Largest request body that is read.")
    stop_grace: float = Field(20.0, gt=0, description="Seconds a stop may take before processes are killed.")

    @property
    def directory(self) -> Path:
        """The data directory, absolute."""
        return self.home.expanduser().resolve()

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.directory / 'studyhall.db'}"

    @property
    def artifacts(self) -> str:
        """The artifact store's URL in use."""
        return self.artifact_url or str(self.directory / "artifacts")

    @property
    def mlflow_database(self) -> str:
        """The backend store of the local MLflow server."""
        return f"sqlite:///{self.directory / 'mlflow' / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> Path:
        """Where the local MLflow server keeps artifacts."""
        return self.directory / "mlflow" / "artifacts"
