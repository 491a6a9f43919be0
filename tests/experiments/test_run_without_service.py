"""``python -m experiments config.yaml``."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.__main__ import main, read_config
from experiments.console import ConsoleReporter
from experiments.reporting import Report
from tests.support.training import resuming as resuming_kit
from tests.support.training.registering import registered

CONFIG = """
experiment: wine-mlp
optimizer: {name: momentum, lr: 5e-2}
training: {epochs: 3}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text)
    return file


def test_a_file_stands_on_top_of_its_experiment(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, CONFIG))
    assert (config.training.epochs, config.training.batch_size) == (3, 16)
    assert config.model.name == "mlp"
    assert config.optimizer is not None
    assert config.optimizer.lr == 0.05


def test_a_module_without_test_data_is_trained_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "headalone-on-unjudged"
    file = write(tmp_path, f"{{experiment: {name}, monitor: {{metric: train_loss}}, training: {{epochs: 1}}}}")
    with registered(resuming_kit.__name__):
        assert main([str(file), "--directory", str(tmp_path / "out"), "--module", resuming_kit.__name__]) == 0
    said = capsys.readouterr()
    assert f"warning: {name} cannot be measured on the test data" in said.err
    assert "on the test data" not in said.out


def test_the_command_trains_prints_and_leaves_its_files(tmp_path: Path) -> None:
    """Without ``lightning``, which nobody but users' modules may import."""
    (tmp_path / "lightning.py").write_text("raise SystemExit('somebody imports lightning')\n")
    command = [sys.executable, "-m", "experiments", str(write(tmp_path, CONFIG)), "--directory", str(tmp_path / "out")]
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["epoch", "train_loss", "train_accuracy"]
    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert lines[4].startswith("judged at epoch")
    assert lines[-1].startswith("on the test data: test_loss")
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {"config.json", "best.ckpt", "confusion_matrix.png", "model.pt2", "model.md"}
    assert json.loads((tmp_path / "out" / "config.json").read_text())["optimizer"]["name"] == "momentum"


def test_a_late_metric_gets_a_column_and_a_missing_one_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = ConsoleReporter(sys.stdout)
    for epoch, metrics in enumerate(({"a": 1.0}, {"a": 2.0, "b": math.nan}, {"b": 3.0}), 1):
        reporter.report(Report(epoch, epoch, 0.0, 0.0, metrics))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["epoch", "a"], ["1", "1"], ["epoch", "a", "b"], ["2", "2", "nan"], ["3", "3"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("experiment: wine-mpl", "experiment: unknown experiment 'wine-mpl' (did you mean 'wine-mlp'?)"),
        ("experiment: wine-mlp\noptimizer: adamv", "optimizer: unknown optimizer 'adamv' (did you mean 'adam'?)"),
        ("experiment: wine-mlp\ntraining: {epoch: 2}", "training.epoch: unknown field (did you mean 'epochs'?)"),
        ("- wine", "a config is a mapping"),
        ("a: [", "this is not valid YAML"),
        (
            "name: a\nexperiment: wine-mlp\nspace: {}\nmax_trials: 1",
            "this is a study, which `studyhall submit` or `run`",
        ),
    ],
)
def test_bad_input_ends_with_2_and_the_place(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(write(tmp_path, text)), "--directory", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.yaml")]) == 2
    assert "the file cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_run_that_diverges_ends_with_1_and_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "experiment: wine-mlp\noptimizer: {name: sgd, lr: 1.0e+30}"
    assert main([str(write(tmp_path, text)), "--directory", str(tmp_path / "out")]) == 1
    assert "lower the learning rate" in capsys.readouterr().err


def test_a_missing_value_leaves_its_column_empty(capsys: pytest.CaptureFixture[str]) -> None:
    from experiments.reporting import Report

    reporter = ConsoleReporter(sys.stdout)
    reporter.report(Report(1, 1, 0.0, 0.0, {"val_loss": 0.5, "lr": 0.1}))
    reporter.report(Report(2, 2, 0.0, 0.0, {"lr": 0.1}))
    first, second = capsys.readouterr().out.splitlines()[1:]
    assert first.split() == ["1", "0.5", "0.1"]
    assert second.split() == ["2", "0.1"]
    assert len(first) == len(second)
