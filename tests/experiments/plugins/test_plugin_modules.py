"""A package of somebody else, installed for real: described, registered, trained, resumed and measured like our own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from experiments.catalog import KINDS
from experiments.config import ExperimentConfig
from experiments.errors import InvalidInput, TrainingError
from experiments.models import MODELS
from experiments.parsing import parse_config
from experiments.plugins import registration
from experiments.plugins.describing import load
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from experiments.training.setup import prepare

SOURCE = Path(__file__).parents[3] / "examples" / "own_code"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder into which pip has installed the package, and which is on the path of this process and its children."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([*command, "--disable-pip-version-check", "--target", str(target), str(source)], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(target)
        patch.setenv("PYTHONPATH", f"{target}:{Path(__file__).parents[3]}")
        yield target
    for kind in KINDS.values():
        kind.keep(())
    EXPERIMENTS.pop("spirals", None)


@pytest.fixture(scope="module")
def description(installed: Path) -> dict[str, Any]:
    """As the API knows it: by what a process printed, read back from JSON."""
    described: dict[str, Any] = json.loads(json.dumps(load()))
    registration.register(described)
    return described


@pytest.fixture
def loaded(installed: Path) -> None:
    """What a worker does: the classes themselves are registered, not their descriptions."""
    assert load()["refused"] == []


def config(**parts: Any) -> ExperimentConfig:
    return parse_config({**EXPERIMENTS["spirals"].base(), **parts})


def hashes() -> dict[str, str]:
    return {part: component.code_hash for part, component in config().own_components().items()}


def test_the_description_reads_the_signatures(description: dict[str, Any]) -> None:
    assert description["refused"] == []
    (spirals,) = description["experiments"]
    assert (spirals["name"], spirals["summary"]) == ("spirals", "Two spirals in the plane.")
    fields = {field["name"]: field for field in spirals["model"]["fields"]}
    assert list(fields) == ["width", "depth", "activation", "p", "head"]
    assert fields["activation"]["type"] == {"literal": ["tanh", "relu"]}
    assert spirals["data"]["accepts"] == ["batch_size"]
    (optimizer,) = description["components"]
    assert (optimizer["kind"], optimizer["name"]) == ("optimizer", "sign_sgd")


def test_registered_names_are_checked_like_our_own(description: dict[str, Any]) -> None:
    defaults = {"width": 32, "depth": 2, "activation": "tanh", "p": 0.0, "head": None}
    assert config().to_json()["model"] == {"name": "spirals", **defaults}
    assert config(model={"name": "spirals", "width": 8}).model.width == 8
    with pytest.raises(InvalidInput, match=r"model\.spirals\.widht: unknown field \(did you mean 'width'\?\)"):
        config(model={"name": "spirals", "widht": 8})
    with pytest.raises(InvalidInput, match=r"optimizer\.sign_sgd\.lr: .*less than 1"):
        config(optimizer={"name": "sign_sgd", "lr": 2.0})
    assert KINDS["optimizer"]["sign_sgd"].search_ranges() == {"lr": {"log_uniform": [1e-4, 1e-2]}}


def test_registering_again_replaces(description: dict[str, Any]) -> None:
    registration.register(description)
    assert len([name for name in MODELS.names() if name == "spirals"]) == 1


def test_a_built_in_name_cannot_be_taken(description: dict[str, Any]) -> None:
    (spirals,) = description["experiments"]
    with pytest.raises(ValueError, match="experiment 'digits-mlp' is built in"):
        registration.register_experiment({**spirals, "name": "digits-mlp"})


def test_the_code_decides_the_hash(loaded: None, installed: Path) -> None:
    mine = hashes()
    assert mine.keys() == {"data.spirals", "model.spirals"}
    assert parse_config({"data": "wine", "model": "mlp"}).own_components() == {}
    changed = installed / "spirals" / "extra.py"
    changed.write_text("x = 1\n")
    load()
    assert not hashes().items() & mine.items()
    changed.unlink()
    load()
    assert hashes() == mine


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"regularizers": ["dropout"]},
            r"regularizers\.dropout: needs a layer after every hidden activation, which .*",
        ),
        ({"regularizers": ["label_smoothing"]}, r"regularizers\.label_smoothing: needs the loss function"),
        ({"regularizers": ["mixup"]}, r"regularizers\.mixup: needs the batches on their way to the model"),
        ({"regularizers": ["pgd"]}, r"regularizers\.pgd: needs the objective of its training"),
        ({"regularizers": ["swa"]}, r"regularizers\.swa: needs the training inputs by themselves"),
        ({"activation": "relu"}, r"activation: spirals is a user's own module"),
        ({"schedule": "cosine"}, r"schedule: spirals uses its own optimizer"),
        ({"regularizers": ["weight_decay"]}, r"regularizers\.weight_decay: spirals uses its own optimizer"),
        ({"fold": 0}, r"fold: the data module of spirals takes no argument fold"),
        ({"model": "mlp"}, r"model: spirals is a user's own data module"),
        ({"data": "wine"}, r"data: spirals is a user's own module; it needs a user's own data module"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_the_reason(
    parts: dict[str, Any], message: str, description: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput, match=message):
        config(**parts)


@pytest.mark.parametrize("name", ["sam", "sophia", "schedule_free_adamw", "muon"])
def test_optimizers_that_ask_for_more_train_it(name: str, loaded: None, tmp_path: Path, reporter_class: Any) -> None:
    """They evaluate twice, go through the backward pass themselves, or keep other weights than they train."""
    reporter = reporter_class()
    train(config(optimizer=name, training={"epochs": 4, "batch_size": 20}), reporter, tmp_path)
    losses = reporter.curve("val_loss")
    assert losses[-1] < losses[0]


def test_its_own_optimizer_runs_only_if_the_config_names_none(
    loaded: None, tmp_path: Path, reporter_class: Any
) -> None:
    own, ours = reporter_class(), reporter_class()
    train(config(), own, tmp_path / "own")
    parts = {"optimizer": {"name": "momentum", "lr": 0.1}, "schedule": "cosine", "initializer": "orthogonal"}
    train(config(**parts, regularizers=["weight_decay", "clip_norm"]), ours, tmp_path / "ours")
    assert own.curve("lr") == [0.0123] * 5
    assert ours.curve("lr")[0] < 0.1
    assert ours.curve("lr")[-1] < 0.01
    assert set(own.reports[0].metrics) == {
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "lr",
        "grad_norm",
    }


@pytest.mark.parametrize("name", ["lsuv", "gradinit"])
def test_an_initializer_may_look_at_its_data(name: str, loaded: None, tmp_path: Path, reporter_class: Any) -> None:
    """Through the training step, outside of a trainer; the same seed gives the same curve."""
    rows = []
    for attempt in ("one", "two"):
        reporter = reporter_class()
        train(config(initializer=name), reporter, tmp_path / attempt)
        rows.append(reporter.rows())
    assert rows[0] == rows[1]
    setup = prepare(config(initializer={"name": name, "start": "xavier_normal"}))
    plain = prepare(config(initializer="xavier_normal"))
    weights = [(weight, plain.module.get_parameter(key)) for key, weight in setup.module.named_parameters()]
    assert any(weight.norm() != start.norm() for weight, start in weights)


def test_a_module_that_cannot_run_without_a_trainer_is_told_so(loaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    target = type(prepare(config()).module)
    monkeypatch.setattr(target, "training_step", lambda self, batch, batch_idx: self.trainer.world_size)
    with pytest.raises(
        TrainingError, match=r"lsuv runs the training step of spirals .* failed \(RuntimeError: .*another"
    ):
        prepare(config(initializer="lsuv"))
    monkeypatch.setattr(target, "automatic_optimization", False)
    with pytest.raises(TrainingError, match="it optimizes by hand"):
        prepare(config(initializer="gradinit"))
    prepare(config(initializer="orthogonal"))


def test_controls_of_the_training_reach_it(loaded: None, tmp_path: Path, reporter_class: Any) -> None:
    training = {"epochs": 4, "batch_size": 10, "accumulate": 2, "precision": "bf16-mixed", "lr_range_test": True}
    reporter = reporter_class()
    result = train(config(optimizer="sign_sgd", training=training), reporter, tmp_path)
    curve = json.loads(result.artifacts["lr_range_test.json"].read_text())
    assert max(reporter.curve("lr")) == curve["suggested"] != curve["configured"]
    with pytest.raises(InvalidInput, match=r"training\.lr_range_test: spirals uses its own optimizer"):
        config(training=training)


def test_what_a_module_that_optimizes_by_hand_cannot_do_is_said(
    loaded: None, tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(prepare(config()).module), "automatic_optimization", False)
    with pytest.raises(TrainingError, match=r"spirals cannot be trained so: .*manual optimization"):
        train(config(training={"accumulate": 2}), reporter_class(), tmp_path)


def test_it_trains_keeps_and_is_measured(loaded: None, tmp_path: Path, reporter_class: Any) -> None:
    chosen = config(optimizer="sign_sgd", training={"epochs": 8, "batch_size": 20})
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(chosen, reporter, tmp_path)
    assert reporter.curve("train_loss")[-1] < reporter.curve("train_loss")[0]
    assert result.steps == 8 * 9
    assert set(result.artifacts) == {"config.json", "best.ckpt", "model.pt2", "model.md"}, reporter.lines
    left = json.loads(result.artifacts["config.json"].read_text())
    assert parse_config(left) == chosen
    assert left["provenance"]["code"].keys() == {"data.spirals", "model.spirals", "optimizer.sign_sgd"}
    assert left["provenance"]["packages"]["torch"] == version("torch")
    measured = evaluate(chosen, result.artifacts["best.ckpt"], "validation").metrics
    assert measured["val_loss"] == pytest.approx(result.metrics["val_loss"], rel=1e-4)
    assert set(evaluate(chosen, result.artifacts["best.ckpt"], "test").metrics) == {"test_loss", "test_accuracy"}


def test_regularizers_that_fit_every_module_act_on_it_and_its_average_is_kept(
    loaded: None, tmp_path: Path, reporter_class: Any
) -> None:
    regularizers = {"ema": {"decay": 0.9}, "l1": {"strength": 0.05, "proximal": True}, "clip_value": {}}
    chosen = config(optimizer={"name": "sgd", "lr": 0.1}, regularizers={**regularizers, "early_stopping": {}})
    whole = reporter_class(at_end=Decision.KEEP)
    result = train(chosen, whole, tmp_path / "whole")
    measured = evaluate(chosen, result.artifacts["best.ckpt"], "validation").metrics
    assert measured["val_loss"] == pytest.approx(result.metrics["val_loss"], rel=1e-4)
    raw = reporter_class()
    train(config(optimizer={"name": "sgd", "lr": 0.1}), raw, tmp_path / "raw")
    assert raw.curve("val_loss") != whole.curve("val_loss")
    first, second = reporter_class(decisions={2: Decision.STOP}), reporter_class()
    train(chosen, first, tmp_path / "first")
    train(chosen, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()


def test_it_resumes_to_the_same_curve_with_its_own_loader(loaded: None, tmp_path: Path, reporter_class: Any) -> None:
    chosen = config(model={"name": "spirals", "p": 0.2})
    whole, first, second = reporter_class(), reporter_class(decisions={2: Decision.STOP}), reporter_class()
    train(chosen, whole, tmp_path / "whole")
    train(chosen, first, tmp_path / "first")
    train(chosen, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()


def test_a_monitor_it_does_not_log_is_said_with_what_it_logs(loaded: None, tmp_path: Path, reporter_class: Any) -> None:
    with pytest.raises(TrainingError, match=r"'val_f1' was never logged; there are: .*val_accuracy"):
        train(config(monitor={"metric": "val_f1"}), reporter_class(), tmp_path)
