"""``studyhall mlflow rebuild``, with and without a service that runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from service.cli import main
from service.settings import Settings
from service.tracking.opening import alone
from tests.support.tracking import Engine, contents

pytestmark = pytest.mark.slow


def studyhall(*words: str) -> int:
    """Run the command; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


def test_it_writes_everything_again_after_a_wipe(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    study = engine.study()
    trial = engine.trial(study, 0)
    engine.unshowable(study, 1)
    shutil.rmtree(settings.directory / "mlflow")
    assert studyhall("mlflow", "rebuild", "--home", str(settings.home), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert contents(MlflowClient(settings.mlflow_database))[f"digits {study.id}"].keys() == {trial.id}
    assert [entry["kind"] for entry in said["refused"]] == ["run", "trial"]
    assert "escaped" in said["refused"][0]["error"]


def test_a_folder_without_studies_stays_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "elsewhere"
    assert studyhall("mlflow", "rebuild", "--home", str(home)) == 2
    assert f"there are no studies in {home}; name their data directory with --home" in capsys.readouterr().err
    assert not home.exists()


def test_a_running_tracker_is_left_to_do_it(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    study = engine.study()
    engine.trial(study, 0)
    with alone(settings.directory, wait=False) as is_alone:
        assert is_alone
        assert studyhall("mlflow", "rebuild", "--home", str(settings.home)) == 0
    assert "the running service now compares" in capsys.readouterr().out
    assert engine.store.sync_items.n_dirty() == 3
