"""Penalties and decay: what they add to gradients and take from weights, against their formulas in float64."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from experiments import seeding
from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.train import train
from experiments.training.callbacks import Progress
from experiments.training.files.checkpoints import ResumeCheckpoints
from experiments.training.setup import prepare
from experiments.training.trainer import lean_trainer, quiet
from tests.support.training.fitting import final_weights, fitted
from tests.support.training.laws import law

START = np.array([[1.0, -2.0], [0.0, 4.0], [1e-3, -1e-3]])


def parameter(gradient: float = 0.25) -> nn.Parameter:
    weight = nn.Parameter(torch.tensor(START))
    weight.grad = torch.full_like(weight, gradient)
    return weight


PENALTIES = {
    "l1": ({"strength": 0.1}, lambda w: 0.1 * np.sign(w), lambda w: 0.1 * np.abs(w).sum()),
    "l2": ({"strength": 0.1}, lambda w: 0.1 * w, lambda w: 0.05 * (w**2).sum()),
    "elastic_net": (
        {"strength": 0.1, "l1_ratio": 0.3},
        lambda w: 0.03 * np.sign(w) + 0.07 * w,
        lambda w: 0.03 * np.abs(w).sum() + 0.035 * (w**2).sum(),
    ),
}


@law("regularizer.l1", "regularizer.l2", "regularizer.elastic_net")
@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_adds_its_gradient(name: str) -> None:
    fields, gradient, penalty = PENALTIES[name]
    weight = parameter()
    REGULARIZERS.parse({"name": name, **fields}).after_backward([weight])
    assert weight.grad is not None
    np.testing.assert_allclose(weight.grad.numpy(), 0.25 + gradient(START), rtol=1e-14)
    step = np.full_like(START, 1e-7) * (START != 0)
    measured = (penalty(START + step) - penalty(START - step)) / 2e-7
    assert (gradient(START) * (START != 0)).sum() == pytest.approx(measured, rel=1e-6)


@pytest.mark.parametrize(("ratio", "name"), [(1.0, "l1"), (0.0, "l2")])
def test_the_ends_of_elastic_net_are_l1_and_l2(ratio: float, name: str) -> None:
    ends = []
    for fields in ({"name": "elastic_net", "strength": 0.3, "l1_ratio": ratio}, {"name": name, "strength": 0.3}):
        weight = parameter()
        REGULARIZERS.parse(fields).after_backward([weight])
        ends.append(weight.grad)
    torch.testing.assert_close(*ends, rtol=0, atol=0)


@law("regularizer.l1")
def test_the_proximal_step_is_the_soft_threshold_and_apart_from_the_gradient() -> None:
    weight, strength, lr = parameter(), 0.04, 0.05
    l1 = REGULARIZERS.parse({"name": "l1", "strength": strength, "proximal": True})
    l1.after_backward([weight])
    assert torch.equal(weight.grad, torch.full_like(weight, 0.25))
    l1.after_step([weight], lr)
    expected = np.sign(START) * np.maximum(np.abs(START) - lr * strength, 0)
    np.testing.assert_allclose(weight.detach().numpy(), expected, rtol=1e-14)
    assert (weight == 0).sum() == 3


def zeros(strength: float, proximal: bool, config: Callable[..., ExperimentConfig], folder: Path, reporter: Any) -> int:
    l1 = {"strength": strength, "proximal": proximal}
    parts = {"optimizer": {"name": "adam", "lr": 0.01}, "regularizers": {"l1": l1}}
    setup, _ = fitted(config(epochs=4, **parts), folder, reporter)
    return sum(int((weight == 0).sum()) for weight in setup.module.parameters() if weight.ndim > 1)


def test_exact_zeros_grow_with_the_proximal_strength_and_do_not_come_from_the_subgradient(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    cases = [(0.1, True), (1.0, True), (4.0, True), (1.0, False)]
    counts = [zeros(*case, small, tmp_path / str(number), reporter_class()) for number, case in enumerate(cases)]
    assert 0 < counts[0] < counts[1] < counts[2]
    assert counts[3] == 0


@law("regularizer.weight_decay")
def test_decay_shrinks_by_the_rate_times_its_strength_whatever_the_gradient() -> None:
    for gradient in (0.0, 7.0):
        weight = parameter(gradient)
        REGULARIZERS.parse({"name": "weight_decay", "strength": 0.5}).before_step([weight], lr=0.1)
        np.testing.assert_allclose(weight.detach().numpy(), START * 0.95, rtol=1e-15)
        assert torch.equal(weight.grad, torch.full_like(weight, gradient))


@pytest.mark.parametrize("name", ["l1", "l2", "elastic_net", "weight_decay"])
def test_biases_and_norm_parameters_are_excluded_by_choice(name: str) -> None:
    network = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    parameters = list(network.parameters())
    kept = REGULARIZERS.parse(name).weights(parameters)
    assert [tuple(weight.shape) for weight in kept] == [(3, 4), (2, 3)]
    everything = REGULARIZERS.parse({"name": name, "exclude_bias_and_norm": False}).weights(parameters)
    assert len(everything) == len(parameters)


@pytest.mark.parametrize(("optimizer", "equal"), [("sgd", True), ("adam", False)])
def test_decay_equals_l2_for_plain_sgd_only(
    optimizer: str, equal: bool, tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    ends = []
    for name in ("l2", "weight_decay"):
        parts = {"optimizer": {"name": optimizer, "lr": 0.01}, "regularizers": {name: {"strength": 0.1}}}
        ends.append(final_weights(small(epochs=1, **parts), tmp_path / name, reporter_class()))
    assert torch.allclose(*ends, rtol=1e-4, atol=1e-6) is equal


def test_the_regularizer_adamw_is_the_optimizers_own(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    own = {"optimizer": {"name": "adamw", "lr": 0.01, "weight_decay": 0.3}}
    ours = {"optimizer": {"name": "adam", "lr": 0.01}, "regularizers": {"weight_decay": {"strength": 0.3}}}
    curves = []
    for number, parts in enumerate((own, ours)):
        reporter = reporter_class()
        train(small(**parts), reporter, tmp_path / str(number))
        curves.append(reporter.curve("val_loss"))
    assert curves[0] == pytest.approx(curves[1], rel=1e-5)


def test_penalties_count_once_when_gradients_are_accumulated(
    tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    ends = []
    for size, batches in ((31, 4), (124, 1)):
        seeding.seed(0)
        config = small(1, size, optimizer={"name": "sgd", "lr": 0.1}, regularizers={"l2": {"strength": 0.5}})
        setup = prepare(config)
        checkpoints = ResumeCheckpoints(tmp_path, 30.0)
        progress = Progress(config, reporter_class(), checkpoints)
        with quiet():
            trainer = lean_trainer(
                setup.module, progress, max_epochs=1, accumulate_grad_batches=batches, default_root_dir=tmp_path
            )
            trainer.fit(setup.module, **setup.loaders())
        assert trainer.global_step == 1
        ends.append(torch.cat([weight.detach().flatten() for weight in setup.module.parameters()]))
    torch.testing.assert_close(*ends, rtol=1e-5, atol=1e-6)
