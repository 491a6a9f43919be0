"""A module of ``lightning.pytorch`` has the run of the same module of ``pytorch_lightning``, to the last bit."""

from __future__ import annotations

import gc
import importlib
import inspect
import logging
import sys
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl

from experiments.config import ExperimentConfig
from experiments.errors import TrainingError
from experiments.parsing import parse_config
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from experiments.training import lightning
from experiments.training.accumulation import Accumulation
from experiments.training.lightning import package_of
from experiments.training.setup import prepare
from experiments.training.trainer import trainer_of
from tests.support.training.lightning_modules import PACKAGES, line, loaded

OWN: dict[str, Any] = {}
OURS: dict[str, Any] = {
    "optimizer": {"name": "momentum", "lr": 0.05},
    "schedule": "cosine",
    "initializer": "lsuv",
    "regularizers": ["ema", "clip_norm", "l2"],
    "training": {"epochs": 4, "batch_size": 4, "accumulate": 3, "lr_range_test": True, "lr_range_steps": 20},
}
TWINS = ("first", "second")


@pytest.fixture(scope="module", autouse=True)
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same experiment twice, of either package."""
    pairs = zip(TWINS, PACKAGES, strict=True)
    sources = {f"{twin}_lightning": line(package, twin.title()) for twin, package in pairs}
    for found in loaded(tmp_path_factory.mktemp("twins"), sources):
        assert [*found["refused"], *(one["name"] for one in found["experiments"])] == [*TWINS]
        yield


def config(name: str, **parts: Any) -> ExperimentConfig:
    return parse_config({**EXPERIMENTS[name].base(), "training": {"epochs": 4}, "seed": 3, **parts})


@pytest.mark.parametrize("parts", [OWN, OURS], ids=["own", "ours"])
def test_twins_have_the_same_run(
    parts: dict[str, Any], tmp_path: Path, reporter_class: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Also under what a study adds; and Lightning says nothing meanwhile."""
    reporters = {name: reporter_class() for name in TWINS}
    results = [train(config(name, **parts), reporter, tmp_path / name) for name, reporter in reporters.items()]
    first, second = reporters.values()
    assert first.rows() == second.rows()
    assert first.lines == second.lines
    assert results[0].metrics == results[1].metrics
    assert second.curve("late") == [0, 1, 2, 3]  # our callback runs after the module's own
    assert [record for record in caplog.records if record.name.startswith("lightning")] == []


@pytest.mark.parametrize("parts", [OWN, OURS], ids=["own", "ours"])
def test_its_resumed_run_is_the_unbroken_one_of_its_twin(
    parts: dict[str, Any], tmp_path: Path, reporter_class: Any
) -> None:
    whole, first, second = reporter_class(), reporter_class(decisions={2: Decision.STOP}), reporter_class()
    train(config("first", **parts), whole, tmp_path / "whole")
    train(config("second", **parts), first, tmp_path / "one")
    train(config("second", **parts), second, tmp_path / "two", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()


def test_its_best_weights_are_measured_and_exported(tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config("second"), reporter, tmp_path)
    assert {"best.ckpt", "model.pt2"} <= result.artifacts.keys(), reporter.lines
    tested = [evaluate(config(name), result.artifacts["best.ckpt"], "test").metrics for name in TWINS]
    assert tested[0] == tested[1]
    assert tested[1].keys() == {"test_loss"}


def test_it_is_pruned(tmp_path: Path, reporter_class: Any) -> None:
    result = train(config("second"), reporter_class(decisions={2: Decision.PRUNE}), tmp_path)
    assert (result.ended, result.epochs, result.reason) == (Decision.PRUNE, 2, "pruned at epoch 2")


def test_what_its_trainer_refuses_is_said_as_ours(
    tmp_path: Path, reporter_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = type(prepare(config("second")).module)
    monkeypatch.delattr(module, "test_step")
    result = train(config("second"), reporter_class(at_end=Decision.KEEP), tmp_path)
    with pytest.raises(TrainingError, match=r"second cannot be measured on the test data: .*test_step"):
        evaluate(config("second"), result.artifacts["best.ckpt"], "test")
    monkeypatch.setattr(module, "automatic_optimization", False)
    with pytest.raises(TrainingError, match=r"second cannot be trained so: .*manual optimization"):
        train(config("second", training={"accumulate": 2}), reporter_class(), tmp_path)
    monkeypatch.delattr(module, "forward")
    said: list[str] = []
    assert prepare(config("second")).write_artifacts(tmp_path, said.append) == {}
    assert said == ["the model is not exported: second has no `forward` of its own; give it one"]


@pytest.mark.parametrize("package", PACKAGES)
def test_callbacks_of_other_distributions_are_looked_up_once_and_used(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lightning would read the metadata of all that is installed for each trainer."""
    asked, theirs = [], importlib.import_module(package).Callback()

    def found(**selection: str) -> list[Any]:
        asked.append(selection)
        return [SimpleNamespace(name="theirs", load=lambda: lambda: [theirs])]

    fabric = importlib.import_module(
        package.replace("pytorch_lightning", "lightning_fabric").replace(".pytorch", ".fabric")
    )
    monkeypatch.setattr(fabric.utilities.registry, "entry_points", None)
    monkeypatch.setattr(lightning, "_entry_points", cache(found))
    trainers = [trainer_of(lightning.LightningPackage(package)) for _ in range(3)]
    assert len(asked) == 1
    assert all(theirs in trainer.callbacks for trainer in trainers)  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", lightning.PACKAGES, ids=lambda package: package.name)
def test_the_arguments_of_a_hook_are_read_once_and_do_not_keep_it(
    package: lightning.LightningPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that is made for one run may hold the run's module, and all of its weights."""
    read: list[Any] = []
    monkeypatch.setattr(lightning, "getfullargspec", lambda hook: read.append(hook) or inspect.getfullargspec(hook))
    trainer_of(package)
    names = package.find("utilities.signature_utils", "is_param_in_hook_signature")

    def step(self: Any, batch: Any, dataloader_idx: int) -> None: ...

    class Callable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, batch: Any) -> None: ...

    assert [names(MethodType(step, object()), "dataloader_idx") for _ in range(3)] == [True] * 3
    assert len(read) == 1
    assert not names(Callable(), "dataloader_idx")
    gone = weakref.ref(step)
    read.clear()
    del step
    gc.collect()
    assert gone() is None


def test_a_trainer_is_spared_hooks_of_every_batch_that_do_nothing() -> None:
    callback = lightning.PACKAGES[0].callback(Accumulation(2))
    hooks = [name for name in vars(pl.Callback) if ("batch" in name and "train" in name) or "backward" in name]
    assert [name for name in hooks if callable(getattr(callback, name))] == [
        "on_train_batch_start",
        "on_before_backward",
    ]
    assert not callback.state_dict()


def test_nobody_else_imports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(prepare(config("first")).module)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lightning"]:
        monkeypatch.delitem(sys.modules, name)
    assert package_of(module) is not None
    assert package_of(logging.Handler) is None
    assert "lightning" not in sys.modules
