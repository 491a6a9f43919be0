"""The local MLflow server: its command, its environment, and how to tell that it answers. Imports nothing heavy."""

from __future__ import annotations

import http.client
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from service.settings import Settings

PREFIX = "/mlflow"
"""Below this path of our own port the server's pages are shown; the server itself knows them by the same path."""
LOOPBACK = "127.0.0.1"


def command(settings: Settings, port: int) -> list[str]:
    """Starts one worker on loopback, on the SQLite file and the artifact folder of the data directory."""
    return [
        *(sys.executable, "-P", "-m", "mlflow", "server"),
        *("--host", LOOPBACK, "--port", str(port), "--workers", "1"),
        *("--static-prefix", PREFIX),
        *("--backend-store-uri", settings.mlflow_database),
        *("--serve-artifacts", "--artifacts-destination", str(settings.mlflow_artifacts)),
        *("--allowed-hosts", f"{LOOPBACK}:{port},localhost:{port}"),
    ]


def environment() -> dict[str, str]:
    """Switches off what a training log does not need: job runners, the AI gateway, telemetry and downloads."""
    return {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_AGENT_HINT": "true",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }


def tracking_uri(port: int) -> str:
    """What clients on this machine set as MLFLOW_TRACKING_URI."""
    return f"http://{LOOPBACK}:{port}{PREFIX}"


def answers(port: int, timeout: float = 2.0) -> bool:
    """Whether the server is up."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", f"{PREFIX}/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_tables(database: Path) -> bool:
    """Whether the server has brought the database to its schema, and put the first experiment into it."""
    from mlflow.store.db.utils import _get_latest_schema_revision

    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            found = connection.execute("SELECT count(*) FROM experiments").fetchone()
        except sqlite3.OperationalError:  # a table is not there yet
            return False
    return bool(version == (_get_latest_schema_revision(),) and found[0] > 0)
