"""Weight averages: their closed forms, that they are judged and kept, and that training does not notice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import nn

from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import WeightAverage
from experiments.train import train
from experiments.training.averaging import Averaging
from experiments.training.module import Network
from tests.support.training.fitting import final_weights, fitted
from tests.support.training.laws import law

Small = Callable[..., ExperimentConfig]


def averages_of(walk: np.ndarray, **fields: Any) -> list[np.ndarray]:
    """The average after each row of a walk, which the weights of a layer take."""
    layer = nn.Linear(walk.shape[1], 1, bias=False).double()
    averaging = Averaging([REGULARIZERS.parse(fields)])
    averages = []
    for number, row in enumerate(walk, 1):
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(row))
        averaging.after_step(layer, number / len(walk))
        averaging.before_judging(layer, number / len(walk), ())
        averages.append(layer.weight[0].detach().numpy().copy())
        averaging.after_judging(layer)
        np.testing.assert_array_equal(layer.weight[0].detach().numpy(), row)
    return averages


@law("regularizer.ema")
def test_the_moving_average_has_its_closed_form() -> None:
    walk = np.random.default_rng(0).normal(size=(30, 4)).cumsum(0)
    for decay in (0.0, 0.5, 0.99):
        averages = averages_of(walk, name="ema", decay=decay)
        for t in (1, 2, 7, 30):
            shares = (1 - decay) * decay ** (t - np.arange(1.0, t + 1)) / (1 - decay**t)
            assert shares.sum() == pytest.approx(1.0)
            np.testing.assert_allclose(averages[t - 1], shares @ walk[:t], rtol=1e-10)


@law("regularizer.swa")
def test_the_stochastic_average_is_the_mean_of_the_last_epochs() -> None:
    walk = np.random.default_rng(1).normal(size=(10, 3))
    averages = averages_of(walk, name="swa", start=0.6)
    for epoch in range(1, 7):
        np.testing.assert_array_equal(averages[epoch - 1], walk[epoch - 1])
    for epoch in range(7, 11):
        np.testing.assert_allclose(averages[epoch - 1], walk[6:epoch].mean(0), rtol=1e-12)


class EverySecond(WeightAverage):
    """An average of a user's own, which takes the weights of every second epoch."""

    averages = "epoch"
    name: Literal["every_second"] = "every_second"

    def share(self, n: int, done: float) -> float:
        """Of the newest weights."""
        return 1 / n if done * 4 % 2 else 0.0


def test_a_resumed_run_judges_the_saved_average_also_where_nothing_is_added_to_it() -> None:
    layer = nn.Linear(2, 1)
    first, second = Averaging([EverySecond()]), Averaging([EverySecond()])
    first.before_judging(layer, 0.25, ())
    first.after_judging(layer)
    averaged = layer.weight.detach().clone()
    second.load_state_dict(first.state_dict())
    nn.init.zeros_(layer.weight)
    with torch.inference_mode():
        second.before_judging(layer, 0.5, ())
        assert torch.equal(layer.weight, averaged)
        second.after_judging(layer)
    assert not layer.weight.any()
    second.before_judging(layer, 0.75, ())
    torch.testing.assert_close(layer.weight.detach(), averaged / 2)


def test_the_rate_is_constant_from_the_start_on(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    reporter = reporter_class()
    swa = {"swa": {"start": 0.5, "lr_factor": 0.2}}
    fitted(
        small(epochs=6, optimizer={"name": "sgd", "lr": 0.1}, schedule="exponential", regularizers=swa),
        tmp_path,
        reporter,
    )
    rates = reporter.curve("lr")
    assert 0.1 > rates[0] > rates[1] > rates[2]
    assert rates[3:] == pytest.approx([0.02] * 3)


@pytest.mark.parametrize("name", ["ema", "swa"])
def test_the_average_is_what_is_judged_and_kept(name: str, small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(
        epochs=4,
        normalization="batch",
        optimizer={"name": "sgd", "lr": 0.5},
        regularizers={"ema": {}} if name == "ema" else {"swa": {"start": 0.2}},
    )
    reporter = reporter_class()
    setup, progress = fitted(config, tmp_path, reporter)
    raw = {key: weight.clone() for key, weight in setup.module.state_dict().items()}
    judged = dict(progress.averaging.weights(setup.module))
    assert not torch.equal(raw["network.0.weight"], judged["network.0.weight"])
    setup.module.load_state_dict(judged)
    assert setup.evaluate("validation")["val_loss"] == pytest.approx(reporter.curve("val_loss")[-1], rel=1e-5)
    setup.module.load_state_dict(progress.judged_weights)
    best = progress.judged["val_loss"]
    assert setup.evaluate("validation")["val_loss"] == pytest.approx(best, rel=1e-5)


def test_training_does_not_notice_that_an_average_is_kept(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = {"normalization": "batch", "optimizer": {"name": "sgd", "lr": 0.1}}
    plain = final_weights(small(**config), tmp_path / "plain", reporter_class())
    ema = final_weights(small(**config, regularizers=["ema"]), tmp_path / "ema", reporter_class())
    assert torch.equal(plain, ema)


def test_statistics_of_the_average_are_measured_anew(small: Small, tmp_path: Path, reporter_class: Any) -> None:
    config = small(epochs=3, normalization="batch", regularizers={"swa": {"start": 0.0}, "dropout": {"p": 0.5}})
    setup, progress = fitted(config, tmp_path, reporter_class())
    module = setup.module
    assert isinstance(module, Network)
    module.load_state_dict(progress.averaging.weights(module))
    linear, norm = module.network[0], module.network[1]
    assert isinstance(norm, nn.BatchNorm1d)
    batches = setup.loaders()["train_dataloaders"]
    batches.epoch = lambda: 2  # the order of the last epoch
    with torch.no_grad():
        outputs = [linear(inputs).double() for inputs, _ in batches]
    mean = torch.stack([output.mean(0) for output in outputs]).mean(0)
    variance = torch.stack([output.var(0) for output in outputs]).mean(0)
    torch.testing.assert_close(norm.running_mean.double(), mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(norm.running_var.double(), variance, rtol=1e-4, atol=1e-4)
    assert norm.momentum == 0.1


def test_buffers_are_averaged_with_the_moving_average_and_counters_are_not() -> None:
    norm = nn.BatchNorm1d(2).double()
    averaging = Averaging([REGULARIZERS.parse({"name": "ema", "decay": 0.5})])
    for value in (1.0, 4.0):
        norm.running_mean.fill_(value)
        norm.num_batches_tracked.fill_(int(value))
        averaging.after_step(norm, 0.5)
    kept = averaging.weights(norm)
    assert kept["running_mean"].tolist() == pytest.approx([3.0, 3.0])
    assert kept["num_batches_tracked"] == 4


class CountedName(str):
    """The name of a tensor that counts how often it is looked up, or put where others are.

    A set that is made of a dictionary asks no name for its hash any more. So names come in pairs of one hash: whatever
    holds both of them has compared them.
    """

    lookups = 0

    def __hash__(self) -> int:
        CountedName.lookups += 1
        return int(self) // 2

    def __eq__(self, other: object) -> bool:
        CountedName.lookups += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize("name", [each.id() for each in REGULARIZERS if issubclass(each, WeightAverage)])
def test_the_average_of_many_tensors_costs_as_much_for_each_as_that_of_few(name: str) -> None:
    def lookups(n: int) -> int:
        weights = {CountedName(number): torch.ones(1) for number in range(n)}
        module: Any = SimpleNamespace(state_dict=lambda: weights, modules=list, named_buffers=list)
        averaging = Averaging([REGULARIZERS.parse(name)])
        for done in (0.9, 1.0):  # the first time room is made for it
            CountedName.lookups = 0
            averaging.after_step(module, done)
            averaging.before_judging(module, done, ())
            averaging.after_judging(module)
        return CountedName.lookups

    assert 0 < lookups(1050) < 3.1 * lookups(350)


@pytest.mark.parametrize("fields", [{"name": "ema", "decay": 0.999}, {"name": "swa", "start": 0.0}])
def test_small_shares_of_a_difference_are_not_rounded_away(fields: dict[str, Any]) -> None:
    """In bfloat16 an average of a thousand would not move by a 256th of itself."""
    layer = nn.Linear(1, 1).bfloat16()
    averaging = Averaging([REGULARIZERS.parse(fields)])
    for value in [1.0] * 1000 + [1.25] * 1000:
        nn.init.constant_(layer.weight, value)
        averaging.after_step(layer, 0.5)  # type: ignore[arg-type]
        averaging.before_judging(layer, 0.5, ())  # type: ignore[arg-type]
        averaging.after_judging(layer)  # type: ignore[arg-type]
    expected = 1.125 if fields["name"] == "swa" else 1 + 0.25 * (1 - 0.999**1000) / (1 - 0.999**2000)
    assert float(averaging.weights(layer)["weight"]) == pytest.approx(expected, rel=1e-3)  # type: ignore[arg-type]


def test_statistics_are_measured_in_the_precision_of_the_weights(
    small: Small, tmp_path: Path, reporter_class: Any
) -> None:
    training = {"epochs": 4, "batch_size": 32, "precision": "bf16-true"}
    config = small(regularizers={"swa": {"start": 0.2}}, normalization="batch", training=training)
    reporter = reporter_class()
    train(config, reporter, tmp_path)
    losses = reporter.curve("val_loss")
    assert losses[-1] < losses[0]
