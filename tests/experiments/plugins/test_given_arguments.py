"""Arguments that the experiment class gives in code: networks made anew for each run, partial optimizers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from weakref import WeakSet

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import StepLR

from experiments.catalog import KINDS
from experiments.config import ExperimentConfig
from experiments.dry_run import dry_run
from experiments.errors import InvalidInput, TrainingError
from experiments.parsing import parse_config
from experiments.plugins import describing, given, registration
from experiments.plugins.describing import load
from experiments.plugins.registration import EXPERIMENT_GROUP
from experiments.registry import EXPERIMENTS
from experiments.reporting import Decision
from experiments.train import evaluate, train
from search_spaces.parsing import parse_space
from tests.support.training.logging_modules import Data
from tests.support.training.registering import registered


class Net(nn.Sequential):
    """A network with a hidden layer."""

    def __init__(self, width: int, activation: type[nn.Module] = nn.ReLU, p: float = 0.0) -> None:
        super().__init__(nn.Linear(1, width), activation(), nn.Dropout(p), nn.Linear(width, 1))


class Fitted(pl.LightningModule):
    """A module that is given its parts, as a template of projects has it."""

    def __init__(  # type: ignore[no-untyped-def]
        self,
        net: nn.Module,
        optimizer: torch.optim.Optimizer,
        scheduler: Callable[..., Any],
        criterion,
        compile: bool = False,  # noqa: A002
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False)
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.net(x)
        return outputs

    def training_step(self, batch: Any, index: int) -> Tensor:
        loss: Tensor = self.hparams.criterion(self(batch[0]), batch[1])
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        self.log("val_loss", self.training_step(batch, index))

    def test_step(self, batch: Any, index: int) -> None:
        self.log("test_loss", self.training_step(batch, index))

    def configure_optimizers(self) -> Any:
        optimizer = self.hparams.optimizer(params=self.parameters())
        return {"optimizer": optimizer, "lr_scheduler": self.hparams.scheduler(optimizer=optimizer)}


pytestmark = pytest.mark.filterwarnings("ignore:Attribute 'net' is an instance of `nn.Module`")
ONE = Net(2)
PARTS: dict[str, Any] = {
    "optimizer": partial(torch.optim.Adam, lr=0.1),
    "scheduler": partial(StepLR, step_size=1, gamma=0.5),
    "criterion": nn.functional.mse_loss,
}


class Whole:
    """The class itself, whose width a study must say."""

    model, data = Fitted, Data
    defaults: ClassVar = {
        "model": {"net": Net, **PARTS, "compile": True},
        "data": {"loaders": 1},
        "training": {"epochs": 3},
    }


class Part:
    """A partial one."""

    model, data = Fitted, Data
    defaults: ClassVar = {"model": {"net": partial(Net, width=3, p=0.1), **PARTS, "activation": lambda: nn.Tanh}}


class Same:
    """The same network at each call."""

    model, data = Fitted, Data
    defaults: ClassVar = {"model": {"net": lambda: ONE, **PARTS, "optimizer": torch.optim.SGD}}


class Made:
    """No class finds its arguments in a run."""

    def __init__(self, **model: Any) -> None:
        self.model, self.data, self.defaults = Fitted, Data, {"model": {**PARTS, **model}}


@pytest.fixture(scope="module", autouse=True)
def described() -> Iterator[dict[str, Any]]:
    """The experiments, known by their description alone."""
    with registered(__name__) as found:
        registration.register(found)
        yield {experiment["name"]: experiment for experiment in found["experiments"]}


def config(name: str, **model: Any) -> ExperimentConfig:
    base = EXPERIMENTS[name].base()
    return parse_config({**base, "model": {**base["model"], **model}, "monitor": {"metric": "val_loss"}})


def test_a_given_argument_is_no_field_and_those_of_what_makes_it_are(described: dict[str, Any]) -> None:
    fields = {name: [field["name"] for field in described[name]["model"]["fields"]] for name in ("whole", "part")}
    assert fields == {"whole": ["net_width", "net_p", "compile"], "part": ["net_width", "net_p", "compile"]}
    assert config("part").to_json()["model"] == {"name": "part", "net_width": 3, "net_p": 0.1, "compile": False}
    assert config("whole", net_width=4).to_json()["model"]["compile"] is True
    with pytest.raises(InvalidInput, match=r"model\.whole\.net_width: this field is required"):
        config("whole")
    with pytest.raises(InvalidInput, match=r"model\.part\.net: unknown field"):
        config("part", net="other")


def test_they_are_searched_and_the_catalog_says_what_is_given() -> None:
    space = parse_space({"model": {"net_width": {"int": [2, 8]}}}, EXPERIMENTS["whole"].base())
    assert [each.path for each in space.parameters] == ["model.whole.net_width"]
    told = inspect.getdoc(KINDS["model"]["part"]) or ""
    assert told.splitlines()[0] == "A module that is given its parts, as a template of projects has it."
    assert "gives in code: `net` (a partial Net), `optimizer` (a partial Adam)" in told
    assert "`criterion` (mse_loss), `activation` (a function)." in told


def test_a_network_is_made_for_each_run_and_what_needs_arguments_is_handed_over() -> None:
    first, second = (config("part", net_width=5).model.build() for _ in range(2))
    assert first.net[0].out_features == second.net[0].out_features == 5
    assert first.net is not second.net
    assert first.hparams.optimizer is Part.defaults["model"]["optimizer"]
    assert first.hparams.activation is nn.Tanh


def test_a_network_that_another_run_has_trained_is_refused() -> None:
    kept = config("same").model.build()
    assert (kept.net, kept.hparams.optimizer) == (ONE, torch.optim.SGD)
    with pytest.raises(TrainingError, match=r"\['net'\] of .*:Same gave the same network twice: let it make a new one"):
        config("same").model.build()


def test_a_network_of_all_runs_is_found_before_the_first_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_MADE", WeakSet())
    with pytest.raises(TrainingError, match="gave the same network twice"):
        dry_run(config("same"), tmp_path)


def test_it_trains_resumes_and_is_measured(tmp_path: Path, reporter_class: Any) -> None:
    """Its network is among its saved hyperparameters too, as many a module has it."""
    chosen = config("whole", net_width=4, net_p=0.2)
    whole = reporter_class(at_end=Decision.KEEP)
    result = train(chosen, whole, tmp_path / "whole")
    assert whole.curve("lr") == [0.1, 0.05, 0.025]
    first, second = reporter_class(decisions={2: Decision.STOP}), reporter_class()
    train(chosen, first, tmp_path / "first")
    train(chosen, second, tmp_path / "second", resume=first.checkpoints[0][0])
    assert first.rows() + second.rows() == whole.rows()
    assert evaluate(chosen, result.artifacts["best.ckpt"], "test").metrics.keys() == {"test_loss"}


@pytest.mark.parametrize(
    ("experiment", "reason"),
    [
        (type("Shared", (), vars(Made(net=ONE))), r"\['net'\]` is an object that all runs would share; .*lambda"),
        (type("Missing", (), vars(Made())), r"Fitted\(net\) has no default and no plain type; .*`defaults` give it"),
        (type("Bare", (), vars(Made(net=Net, scheduler=StepLR))), r"StepLR\(optimizer\) .* as `lambda: StepLR` if"),
        (type("Unknown", (), vars(Made(net=Net, met=Net))), "Fitted takes no argument 'met', which `defaults` give"),
        (Made(net=Net), "only a class can give arguments in code"),
    ],
)
def test_what_cannot_be_given_is_refused(experiment: Any, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = SimpleNamespace(name="offered", module=__name__, load=lambda: experiment)
    monkeypatch.setattr(describing, "entry_points_of", lambda group: [point] if group == EXPERIMENT_GROUP else [])
    (refused,) = load()["refused"]
    assert re.search(reason, refused["reason"])
