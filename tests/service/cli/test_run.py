"""``run`` and ``train``: whole, with real workers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from service.cli import main
from service.settings import Settings
from service.study.states import Desired
from service.supervisor.home import serving_now
from tests.support.api import Bench

TOKEN = "b9d1c2e0f4a35768"  # of this test alone
TINY = {
    "name": "tiny",
    "experiment": "wine-mlp",
    "objective": "val_accuracy",
    "sampler": "random",
    "space": {"optimizer": {"name": "adam", "lr": {"log_uniform": [1e-3, 1e-1]}}},
    "training": {"epochs": 2},
    "max_trials": 3,
    "max_concurrent_trials": 1,
    "seed": 7,
}


@pytest.mark.slow
def test_run_serves_trains_ranks_and_leaves_the_data(
    settings: Settings, lab: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = lab.study(name="tiny")
    lab.store.desired_state.set(taken.id, Desired.STOPPED)
    lab.store.leadership.resign(lab.epoch)
    for name, value in {
        "HOME": str(settings.home),
        "POOL": "process",
        "WORKERS": "1",
        "MLFLOW_ENABLED": "false",
        "TOKEN": TOKEN,
    }.items():
        monkeypatch.setenv(f"STUDYHALL_{name}", value)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "tiny.yaml"
    file.write_text(yaml.safe_dump(TINY))

    with pytest.raises(SystemExit) as caught:
        main(["run", str(file)])

    out = capsys.readouterr().out
    assert not caught.value.code, out
    assert TOKEN not in out + "".join(log.read_text() for log in (settings.home / "logs").iterdir())
    assert "tiny-2: 3/3 trials" in out
    assert "tiny-2: COMPLETED" in out
    assert "On the test split" in out
    assert "test_accuracy" in out
    assert f"studyhall serve --home {settings.directory}" in out
    assert [trial.value is not None for trial in lab.store.trials.of_study(lab.store.studies.get("tiny-2").id)] == [
        True
    ] * 3
    assert serving_now(settings.directory) is None


@pytest.mark.slow
def test_train_runs_one_configuration_and_measures_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("{experiment: wine-mlp, optimizer: {name: adam, lr: 1e-2}, training: {epochs: 2}}")

    with pytest.raises(SystemExit) as caught:
        main(["train", str(file), "--directory", str(tmp_path / "files"), "--json"])

    said = capsys.readouterr()
    assert not caught.value.code, said.err
    result = json.loads(said.out)
    assert (result["epochs"], set(result["test"])) == (2, {"test_loss", "test_accuracy"})
    assert all(Path(path).is_file() for path in result["artifacts"].values())
    assert "val_accuracy" in said.err
