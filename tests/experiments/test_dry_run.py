"""What is wrong with a user's module is found by a batch or two, and told with the line of his code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.config import ExperimentConfig
from experiments.dry_run import dry_run
from experiments.errors import Diverged, TrainingError
from experiments.metrics import misspelled
from experiments.parsing import parse_config
from experiments.plugins.own_lines import in_a_line
from experiments.registry import EXPERIMENTS
from tests.support.training import resuming as resuming_kit
from tests.support.training.registering import registered

FOLDER = Path(__file__).parents[1] / "support" / "faulty"


@pytest.fixture(autouse=True, scope="module")
def known() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        with registered("faulty_modules"):
            yield


def config(fault: str = "", **parts: Any) -> ExperimentConfig:
    return parse_config({**EXPERIMENTS["faulty"].base(), "model": {"name": "faulty", "fault": fault}, **parts})


def line(text: str) -> str:
    """Where the line stands, as it is told."""
    lines = (FOLDER / "faulty_modules.py").read_text().splitlines()
    return f"faulty_modules.py:{1 + next(number for number, each in enumerate(lines) if text in each)}"


@pytest.mark.parametrize(
    ("fault", "message", "at", "function"),
    [
        ("init", "ValueError: width must be even", "width must be even", "__init__"),
        ("setup", "FileNotFoundError: no weights here", "no weights here", "setup"),
        ("optimizers", "KeyError: 'lr'", 'KeyError("lr")', "configure_optimizers"),
        ("hook", "AttributeError: no such table", "no such table", "on_train_epoch_end"),
        ("exit", "the code called exit(3)", "sys.exit(3)", "setup"),
    ],
)
def test_what_a_module_raises_is_told_with_its_line(
    fault: str, message: str, at: str, function: str, tmp_path: Path
) -> None:
    with pytest.raises((Exception, SystemExit)) as caught:
        dry_run(config(fault), tmp_path)
    assert in_a_line(caught.value) == f"{message} ({line(at)} in {function})"


def test_data_of_another_task_are_told_with_the_line_that_meets_them(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="cannot be multiplied") as caught:
        dry_run(config(data={"name": "faulty", "numbers": 5}), tmp_path)
    assert in_a_line(caught.value).endswith(f"({line('l1_loss')} in _loss)")


def test_a_module_that_logs_nothing_is_told_where_it_could(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="faulty logs nothing") as caught:
        dry_run(config("silent"), tmp_path)
    assert f"({line('def training_step')} in training_step): `self.log('val_loss', …)`" in str(caught.value)


def test_a_sound_module_passes_and_its_schedule_sees_the_whole_run(tmp_path: Path) -> None:
    """A tenth of the steps of two epochs of one batch would be none, and the warm-up would divide by it."""
    assert dry_run(config(), tmp_path) == []


@pytest.mark.parametrize("fault", ["unpicklable", "unloadable"])
def test_a_checkpoint_that_is_of_no_use_is_doubtful_and_no_more(fault: str, tmp_path: Path) -> None:
    (warning,) = dry_run(config(fault), tmp_path)
    assert "it begins anew" in warning


def test_a_module_that_steps_at_every_fourth_batch_by_hand_is_not_doubted(tmp_path: Path) -> None:
    with registered(resuming_kit.__name__):
        base = EXPERIMENTS["byhand-on-unjudged"].base()
        chosen = parse_config({**base, "monitor": {"metric": "train_loss"}, "regularizers": ["l2"]})
        assert dry_run(chosen, tmp_path) == []


def test_an_objective_that_may_come_late_is_waited_for(tmp_path: Path) -> None:
    (warning,) = dry_run(config(monitor={"metric": "val_f1"}), tmp_path)
    assert warning == (
        "the objective 'val_f1' was not logged in 2 epochs; the runs wait for it; there are: train_loss, val_loss"
    )


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"monitor": {"metric": "val/loss"}}, "'val/loss' is not logged (did you mean 'val_loss'?); there are: train"),
        (
            {"monitor": {"metric": "val_f1"}, "training": {"epochs": 2, "batch_size": 4}},
            "'val_f1' is not logged; there are: train_loss",
        ),
        ({"data": {"name": "faulty", "validation": False}}, "'val_loss' is measured on validation data, and faulty"),
    ],
    ids=["misspelled", "too late", "no validation"],
)
def test_an_objective_that_never_comes_is_an_error(parts: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=re.escape(message)):
        dry_run(config(**parts), tmp_path)


def test_data_that_are_others_at_each_set_up_are_doubtful(tmp_path: Path) -> None:
    warnings = dry_run(config(data={"name": "faulty", "drawn": True}), tmp_path)
    assert "faulty has other data at each set-up (training: other samples" in warnings[0]
    assert "the best trial cannot be measured on the test data at the end: not measured" in warnings[-1]


def test_data_that_can_be_set_up_in_a_training_alone_fail_no_study(tmp_path: Path) -> None:
    (warning,) = dry_run(config(data={"name": "faulty", "asks": True}), tmp_path)
    assert warning.startswith("whether faulty has the same data at each set-up is not known: AttributeError: ")
    assert f"({line('net.in_features')} in setup)" in warning


def test_a_training_metric_needs_no_validation(tmp_path: Path) -> None:
    parts = {"data": {"name": "faulty", "validation": False}, "monitor": {"metric": "train_loss"}}
    assert dry_run(config(**parts), tmp_path) == []


def test_a_configuration_that_diverges_is_told_from_code_that_fails(tmp_path: Path) -> None:
    with pytest.raises(Diverged):
        dry_run(config(optimizer={"name": "sgd", "lr": 1e300}), tmp_path)


@pytest.mark.parametrize(
    ("metric", "logged", "meant"),
    [
        ("valLoss", ["val_loss"], "val_loss"),
        ("val_acc", ["val_accuracy", "val_loss"], "val_accuracy"),
        ("valid_loss", ["val_loss"], "val_loss"),
        ("val_acuracy", ["val_accuracy"], "val_accuracy"),
        ("val_mae", ["val_mse"], None),
        ("val_map", ["val_mape"], None),
        ("val_f1_macro", ["val_f1_micro"], None),
        ("hits_top5", ["hits_top3"], None),
        ("val_dsc", ["val_dice"], None),
        ("val_loss", ["train_loss"], None),
    ],
)
def test_names_that_are_alike_are_not_taken_for_each_other(metric: str, logged: list[str], meant: str | None) -> None:
    assert misspelled(metric, logged) == meant
