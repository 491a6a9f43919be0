"""A checkpoint that could not be read back is found out when it is first taken, told once, and the run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision, Report
from experiments.train import train
from experiments.training.files import checkpoints
from tests.support.training import resuming as resuming_kit
from tests.support.training.registering import registered


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The modules are registered."""
    with registered(resuming_kit.__name__):
        yield


@pytest.fixture(autouse=True)
def frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot is taken after every epoch."""
    monkeypatch.setattr(checkpoints, "_SNAPSHOT_EVERY", 0.0)
    monkeypatch.setattr(checkpoints, "_SNAPSHOT_SHARE", float("inf"))


def config(what: str, name: str = "keeping-on-lines") -> ExperimentConfig:
    """A run of a module whose checkpoints hold that."""
    return parse_config({**EXPERIMENTS[name].base(), "model": {"name": name, "what": what}, "training": {"epochs": 4}})


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("path", "pathlib.PosixPath"),
        ("array", "numpy.ndarray"),
        ("class", "tests.support.training.resuming_data.Lines"),
        ("function", "builtins.function"),
    ],
)
def test_it_is_told_where_it_stands_and_the_run_goes_on(
    what: str, kind: str, tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class()
    result = train(config(what), reporter, tmp_path, checkpoint_every=0.0)
    assert result.epochs == 4
    (line,) = [line for line in reporter.lines if "checkpoint" in line]
    assert f"checkpoint['kept']['first'][1] is a {kind}. Keep tensors, " in line
    assert (reporter.checkpoints, list(tmp_path.glob("*.ckpt"))) == ([], [])


@pytest.mark.parametrize("stop", [{"decisions": {2: Decision.STOP}}, {"stop_after_polls": 10}])
def test_a_stop_says_that_nothing_is_left_to_go_on_from(
    stop: dict[str, Any], tmp_path: Path, reporter_class: Any
) -> None:
    reporter = reporter_class(**stop)
    result = train(config("path"), reporter, tmp_path)
    assert (result.ended, reporter.checkpoints) == (Decision.STOP, [])
    assert result.reason == "stopped as asked; it leaves no checkpoint to go on from"


def test_what_can_be_read_back_is_kept(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(decisions={2: Decision.STOP})
    result = train(config("number"), reporter, tmp_path)
    assert (result.reason, len(reporter.checkpoints), reporter.lines) == ("stopped as asked", 1, [])


def test_a_run_begins_anew_where_its_checkpoint_does_not_fit(tmp_path: Path, reporter_class: Any) -> None:
    chosen = parse_config({**EXPERIMENTS["grows-on-lines"].base(), "training": {"epochs": 3}})
    whole, first, second = reporter_class(), reporter_class(decisions={2: Decision.STOP}), reporter_class()
    train(chosen, whole, tmp_path / "whole")
    train(chosen, first, tmp_path / "first")
    train(chosen, second, tmp_path / "second", first.checkpoints[0][0])
    assert second.rows() == whole.rows()
    (line,) = second.lines
    assert line.startswith(
        "the run cannot go on from its checkpoint and begins anew: ValueError: loaded state dict has"
    )


def test_what_a_callback_of_the_users_saves_may_hold_anything(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    result = train(config("array", "keepingandsaving-on-lines"), reporter, tmp_path)
    (line,) = reporter.lines
    assert (result.epochs, "checkpoint['kept']['first'][1] is a numpy.ndarray" in line) == (4, True)
    (saved,) = tmp_path.glob("checkpoints/*.ckpt")
    assert torch.load(saved, weights_only=False)["kept"]["first"][1].tolist() == [0.0, 0.0]


def test_what_a_callback_of_the_users_saves_is_not_what_the_run_leaves(
    tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The callback saves after each epoch; of the run's own checkpoints, only that of the first epoch is due."""

    def none_is_due(report: Report) -> None:
        if report.epoch == 2:
            monkeypatch.setattr(checkpoints, "_SNAPSHOT_EVERY", float("inf"))

    reporter = reporter_class(on_report=none_is_due, stop_after_polls=20)
    train(parse_config(EXPERIMENTS["savesitself-on-lines"].base()), reporter, tmp_path)
    assert [report.epoch for report in reporter.reports] == [1, 2, 3]
    ((left, step),) = reporter.checkpoints
    assert torch.load(left, weights_only=True)["global_step"] == step == reporter.reports[0].step
