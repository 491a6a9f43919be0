"""The API does what its OpenAPI document says, as Schemathesis sees it: real requests to a real store with real data.

Not checked is that every body which fits its schema is accepted: much of what is refused no schema can say.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest

from service.api.app import create_app
from service.api.presenters import waits
from service.settings import Settings
from service.study.jobs import PoolKey, Resources, WorkerInfo
from service.study.states import RunState, StudyState
from tests.support import api as api_kit
from tests.support.api import Bench, listening

ANALYZING = 90
"""Seconds that the process which analyzes may need for its first answer."""
SCHEMATHESIS = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
OPTIONS = [
    *("--phases=examples,coverage,fuzzing", "--max-examples=3", "--continue-on-failure", "--no-shrink"),
    *("--suppress-health-check=all", "--exclude-checks=positive_data_acceptance"),
]
CONFIG = """
[cache]
enabled = false
[generation]
deterministic = true
database = "none"
[phases.coverage]
unexpected-methods = ["options"]
[[operations]]
include-operation-id = ["create_study", "validate_study"]
phases.coverage.enabled = false
"""
"""Coverage would make 900 bodies of a definition's schema, twice; fuzzing makes some of them."""


@pytest.fixture
def run(lab: Bench) -> str:
    """The id of a run that has everything, in a study with trials in every state."""
    study = lab.study()
    lab.set_state(study, StudyState.RUNNING)
    lab.trial(study, 1, [0.9], RunState.PRUNED)
    lab.trial(study, 2, [0.7], RunState.RUNNING)
    lab.trial(study, 3, [], RunState.FAILED)
    run = lab.trial(study, 0, [0.5, 0.4, 0.3])
    lab.log(run, "a line\n")
    lab.artifact(run, "notes/config.json", b"{}", "application/json")
    lab.store.workers.set(lab.epoch, [WorkerInfo("w1", PoolKey(Resources(1, 0.5)), "busy", 42, "here", run.id)])
    return run.id


@pytest.fixture
def url(settings: Settings, run: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An API that believes its engine, and in which nobody waits for one: the waits end as they do at a shutdown.

    Its analyses have been asked before: Schemathesis waits ten seconds, in which a busy machine may not load scipy.
    """

    def hurried(settings: Settings) -> object:
        app = create_app(settings)
        app.state.closing.close()
        return app

    monkeypatch.setattr(waits, "HEARTBEAT_LIMIT", float("inf"))
    monkeypatch.setattr(api_kit, "create_app", hurried)
    with listening(settings) as address:
        for analysis in ("studies/digits/effects", "compare?study=digits&trial=0&trial=1"):
            httpx.get(f"{address}/api/v1/{analysis}", timeout=ANALYZING)
        yield address


def existing(run: str) -> str:
    """Schemathesis' configuration that asks for what there is."""
    places = {"study": "digits", "run": run, "kind": "optimizer", "name": "adam"}
    given = {f"path.{name}": value for name, value in places.items()} | {"path.path": "notes/config.json"}
    given |= {"query.study": "digits", "query.metric": "val_loss"}
    return "[parameters]\n" + "".join(f'"{name}" = {json.dumps(value)}\n' for name, value in given.items())


def test_the_api_answers_as_its_document_says(url: str, run: str, tmp_path: Path) -> None:
    """Trials are asked for by any number, so that what is not there is answered too."""
    (tmp_path / "config.toml").write_text(existing(run) + CONFIG)
    command = [*SCHEMATHESIS, "--config-file=config.toml", "run", f"{url}/api/v1/openapi.json", *OPTIONS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* generated, \d+ passed\n", done.stdout), done.stdout


def test_every_schema_is_one() -> None:
    document = create_app(Settings()).openapi()

    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert not re.search(r'"items": \[', json.dumps(document))
