"""Settings of the service: environment variables ``STUDYHALL_…``, with what a laptop needs as defaults."""

from __future__ import annotations

import difflib
import os
import re
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from experiments.documents import LARGEST_DOCUMENT
from experiments.errors import InvalidInput, Problem, problems_of
from service.setting_values import (
    DatabaseUrl,
    Folder,
    Host,
    Modules,
    Place,
    RayAddress,
    TrackingUri,
    WebAddress,
)
from service.tokens import token_of

PREFIX = "STUDYHALL_"
NOT_SETTINGS = ("URL", "PART", "RAY_DIRECTORY")
"""Variables of our prefix that say something else: the client's service, and marks of our own processes."""


class Settings(BaseSettings):
    """Everything that differs between a laptop and a cluster."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    home: Folder = Field(Path(".studyhall"), description="Data directory: database, artifacts, MLflow's files, logs.")
    host: Host = Field("127.0.0.1", description="Address on which the API listens.")
    public_url: WebAddress = Field(
        "", description="Address under which browsers reach the service, if not host and port."
    )
    allowed_hosts: str = Field("", description="Hosts under which other machines reach the API, separated by commas.")
    token: SecretStr = Field(SecretStr(""), description="What clients must know; needed where others reach the API.")
    token_file: str = Field("", description="A file that holds the token.")
    port: int = Field(8765, ge=0, le=65535, description="Port of the API, the dashboard and MLflow's UI.")
    database_url: DatabaseUrl = Field("", description="SQLAlchemy URL; empty for SQLite in the data directory.")
    artifact_url: Place = Field(
        "", description="fsspec URL of the artifact store, this service's alone; empty for a folder of `home`."
    )
    pool: Literal["ray", "process"] = Field("ray", description="Where runs are trained: Ray actors or plain processes.")
    ray_address: RayAddress = Field("local", description="`local`, or the address of a Ray cluster.")
    hand_over: bool = Field(
        False,
        description="Whether a stop leaves the workers of a Ray cluster training, for the next start to take over.",
    )
    workers: int = Field(0, ge=0, description="Most workers at a time; 0 for one per CPU of all nodes.")
    gpus: float | None = Field(None, ge=0, description="GPUs to offer; empty to let Ray count them.")
    worker_silence: float = Field(
        60.0,
        ge=20,
        description="Seconds after which a worker that says nothing is ended; its run goes on elsewhere.",
    )
    mlflow_tracking_uri: TrackingUri = Field("", description="MLflow's tracking URI; empty to run a local server.")
    mlflow_public_url: WebAddress = Field(
        "", description="Address under which browsers reach an MLflow that is not ours."
    )
    mlflow_port: int = Field(0, ge=0, le=65535, description="Loopback port of our MLflow server; 0 for any free one.")
    mlflow_enabled: bool = Field(True, description="Whether to project runs to MLflow at all.")
    components: Modules = Field((), description="Modules with users' own components and experiments, by comma.")
    cache: Folder | None = Field(None, description="Descriptions of users' code; empty for the user's cache folder.")
    max_body_bytes: int = Field(LARGEST_DOCUMENT, gt=0, description="Largest request body that is read.")
    max_upload_bytes: int = Field(1_000_000_000, gt=0, description="Largest body, a model perhaps, sent on to MLflow.")
    stop_grace: float = Field(20.0, gt=0, description="Seconds a stop may take before processes are killed.")

    @field_validator("hand_over")
    @classmethod
    def _only_to_who_finds_them(cls, hands_over: bool, known: ValidationInfo) -> bool:
        """Plain processes, and the Ray of a data directory, end with the service that has started them."""
        if hands_over and (known.data.get("pool") == "process" or known.data.get("ray_address") == "local"):
            raise ValueError("only workers of a Ray cluster outlive a stop: set STUDYHALL_RAY_ADDRESS too, or leave it")
        return hands_over

    @property
    def cache_directory(self) -> Path:
        """Where descriptions of users' code are kept, absolute."""
        return (
            (self.cache or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "studyhall").expanduser().absolute()
        )

    @property
    def directory(self) -> Path:
        """The data directory, absolute."""
        return self.home.expanduser().resolve()

    @property
    def scratch(self) -> Path:
        """Where workers keep what they need while they live."""
        return self.directory / "workers"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.directory / 'studyhall.db'}"

    @property
    def artifacts(self) -> str:
        """The artifact store's URL in use."""
        return self.artifact_url or str(self.directory / "artifacts")

    @property
    def shared_token(self) -> str:
        """The token that clients must send; empty when none is wanted.

        Raises:
            Invalid: it is given twice, cannot be read, or cannot be sent.
        """
        return token_of(self.token.get_secret_value(), self.token_file)

    @property
    def runs_ray(self) -> bool:
        """Whether the Ray that trains is ours to run."""
        return self.pool == "ray" and self.ray_address == "local"

    @property
    def mlflow_database(self) -> str:
        """The backend store of the local MLflow server."""
        return f"sqlite:///{self.directory / 'mlflow' / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> Path:
        """Where the local MLflow server keeps artifacts."""
        return self.directory / "mlflow" / "artifacts"


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, with what is ``given`` on top.

    Raises:
        InvalidInput: with every setting that is wrong: its name, its value, and what is right.
    """
    problems = _misspelt()
    try:
        settings = Settings(**given)
    except ValidationError as error:
        values = [finding["input"] for finding in error.errors(include_url=False)]
        found = problems_of(error, Settings.model_fields)
        problems += [_told(problem, value, given) for problem, value in zip(found, values, strict=True)]
    if problems:
        raise InvalidInput(problems)
    return settings


def settings_or_exit() -> Settings:
    """The settings of the environment, for a process of the service: what is wrong ends it with exit code 2."""
    try:
        return read_settings()
    except InvalidInput as error:
        print("\n".join(map(str, error.problems)), file=sys.stderr)
        raise SystemExit(2) from None


def _told(problem: Problem, value: Any, given: dict[str, Any]) -> Problem:
    name = problem.path.partition(".")[0]
    said = re.sub("//[^/@]*@", "//…@", repr(str(value) if isinstance(value, Path) else value))  # without a password
    shown = "" if said in problem.message or re.search("token|password|secret", name) else f" (it is {said})"
    meant = (Settings.model_fields[name].description or "").rstrip(".")
    return Problem(f"--{name}" if name in given else f"{PREFIX}{name.upper()}", f"{problem.message}{shown}: {meant}")


def _misspelt() -> list[Problem]:
    """Variables that are nearly one of ours. Others may be somebody else's, such as an orchestrator's."""
    known = [*(name.upper() for name in Settings.model_fields), *NOT_SETTINGS]
    unknown = [name for name in os.environ if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known]
    near = {name: difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1, cutoff=0.75) for name in unknown}
    return [
        Problem(name, f"there is no such setting; did you mean {PREFIX}{words[0]}?")
        for name, words in near.items()
        if words
    ]
