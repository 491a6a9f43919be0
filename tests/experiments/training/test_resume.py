"""A run that was stopped and goes on gives the curve of one that was not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.files import checkpoints
from experiments.training.files.checkpoints import write_atomically

Small = Callable[..., ExperimentConfig]
EVERYTHING: dict[str, Any] = {
    "epochs": 6,
    "batch_size": 32,
    "regularizers": {"dropout": {"p": 0.3}, "weight_decay": {}, "clip_norm": {}, "early_stopping": {"patience": 4}},
    "optimizer": "nadam",
}


def unbroken(config: ExperimentConfig, directory: Path, reporter: Any) -> Any:
    return train(config, reporter, directory)


@pytest.mark.parametrize("schedule", ["one_cycle", {"name": "plateau", "patience": 0, "threshold": 0.2}])
@pytest.mark.parametrize("model", [{"name": "mlp", "hidden": [16]}, {"name": "cnn", "channels": [4]}])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(
    model: Any, schedule: Any, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    data = "digits" if model["name"] == "cnn" else "wine"
    config = small(
        model=model, data=data, schedule=schedule, **{**EVERYTHING, "batch_size": 200 if data == "digits" else 32}
    )
    whole = reporter_class()
    expected = train(config, whole, tmp_path / "whole")

    first = reporter_class(decisions={3: Decision.STOP})
    train(config, first, tmp_path / "first")
    ((path, step),) = first.checkpoints
    assert step == first.reports[-1].step
    torch.rand(17)
    second = reporter_class()
    result = train(config, second, tmp_path / "second", resume=path)

    assert first.rows() + second.rows() == whole.rows()
    assert (result.metrics, result.metrics_epoch, result.epochs) == (
        expected.metrics,
        expected.metrics_epoch,
        expected.epochs,
    )
    assert second.reports[0].training_time > first.reports[-1].training_time


def test_the_best_weights_of_an_earlier_attempt_are_kept(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(monitor={"metric": "val_loss", "direction": "maximize"}, **EVERYTHING)
    first = reporter_class(decisions={2: Decision.STOP})
    train(config, first, tmp_path / "first")
    second = reporter_class(at_end=Decision.KEEP)
    result = train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])
    whole = reporter_class(at_end=Decision.KEEP)
    train(config, whole, tmp_path / "whole")
    assert result.metrics_epoch == 1
    kept, expected = (torch.load(reporter.artifacts["best.ckpt"])["state_dict"] for reporter in (second, whole))
    assert all(torch.equal(kept[name], expected[name]) for name in expected)


def test_checkpoints_are_written_by_time_and_the_newest_two_stay(
    small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class()
    train(small(epochs=5, batch_size=32), reporter, tmp_path, checkpoint_every=0.0)
    assert [step for _, step in reporter.checkpoints] == [4, 8, 12, 16]
    assert sorted(tmp_path.glob("*.ckpt")) == [path for path, _ in reporter.checkpoints[-2:]]


def test_short_runs_write_no_checkpoint(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    train(small(), reporter, tmp_path)
    assert reporter.checkpoints == []


def test_a_stop_within_an_epoch_leaves_the_newest_snapshot(
    small: Small, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_SNAPSHOT_EVERY", 0.0)
    monkeypatch.setattr(checkpoints, "_SNAPSHOT_SHARE", float("inf"))
    config = small(**EVERYTHING)
    whole = reporter_class()
    train(config, whole, tmp_path / "whole")
    first = reporter_class(stop_after_polls=10)
    train(config, first, tmp_path / "first")
    ((path, step),) = first.checkpoints
    assert step == 8
    second = reporter_class()
    train(config, second, tmp_path / "second", resume=path)
    assert first.rows() + second.rows() == whole.rows()


def test_resume_checkpoints_load_without_running_code(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(decisions={1: Decision.STOP})
    train(small(), reporter, tmp_path)
    assert "state_dict" in torch.load(reporter.checkpoints[0][0], weights_only=True)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_atomically(path, fail)
    assert [file.name for file in tmp_path.iterdir()] == ["file.txt"]
    assert path.read_text() == "old"
    write_atomically(path, lambda temporary: temporary.write_text("new"))
    assert path.read_text() == "new"


@pytest.mark.parametrize(
    ("patience", "epochs", "reason"), [(4, 4, ""), (1, 2, "stopped early: no improvement in 1 epochs")]
)
def test_a_run_stopped_when_nothing_was_left_to_train_still_has_its_result(
    patience: int, epochs: int, reason: str, small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    early = {"early_stopping": {"patience": patience}}
    config = small(epochs=4, monitor={"metric": "val_loss", "direction": "maximize"}, regularizers=early)
    whole = reporter_class(at_end=Decision.KEEP)
    expected = train(config, whole, tmp_path / "whole")
    assert (expected.epochs, expected.reason) == (epochs, reason)

    first = reporter_class(decisions={epochs: Decision.STOP})
    train(config, first, tmp_path / "first")
    second = reporter_class(at_end=Decision.KEEP)
    result = train(config, second, tmp_path / "second", resume=first.checkpoints[0][0])

    assert second.reports == []
    for name in ("metrics", "metrics_epoch", "epochs", "steps", "ended", "reason"):
        assert getattr(result, name) == getattr(expected, name)
    kept, right = (torch.load(reporter.artifacts["best.ckpt"])["state_dict"] for reporter in (second, whole))
    assert all(torch.equal(kept[name], right[name]) for name in right)
