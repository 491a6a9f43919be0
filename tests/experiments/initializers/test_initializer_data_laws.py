"""Initializers that look at the data: unit deviation layer by layer, and factors that ease the first step."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from experiments.config import ExperimentConfig
from experiments.initializers import INITIALIZERS
from experiments.train import train
from experiments.training.setup import BuiltInSetup
from tests.support.training.laws import law

Batch = tuple[Tensor, Tensor]


def loss(model: nn.Module, batch: Batch) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


def batches(n: int = 3, shape: tuple[int, ...] = (2, 6, 6)) -> list[Batch]:
    generator = torch.Generator().manual_seed(1)
    return [
        (3 * torch.randn(32, *shape, generator=generator) + 1, torch.randint(0, 5, (32,), generator=generator))
        for _ in range(n)
    ]


class Backwards(nn.Module):
    """Makes its layers in another order than it runs them."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(20, 5)
        self.middle = nn.Linear(12 * 36, 20)
        self.first = nn.Conv2d(2, 12, 3, padding=1)
        self.unused = nn.Linear(3, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.middle(self.first(inputs).tanh().flatten(1))
        outputs: Tensor = self.last(hidden.relu())
        return outputs


def deep() -> nn.Sequential:
    """With normalization and dropout, and deep enough to fade."""
    hidden = [layer for _ in range(8) for layer in (nn.Linear(30, 30), nn.ReLU())]
    return nn.Sequential(
        nn.Conv2d(2, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.Flatten(), nn.Linear(192, 30), nn.Dropout(0.3),
        *hidden, nn.Linear(30, 5),
    )  # fmt: skip


def calibrated(model: nn.Module, shown: list[Batch], **fields: Any) -> nn.Module:
    initializer = INITIALIZERS.parse(fields)
    torch.manual_seed(0)
    initializer.initialize(model)
    initializer.calibrate(model, shown, loss)
    return model


def deviations(model: nn.Module, shown: list[Batch]) -> dict[nn.Module, float]:
    seen: dict[nn.Module, list[Tensor]] = {}
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            layer.register_forward_hook(lambda layer, _, output: seen.setdefault(layer, []).append(output.flatten()))
    with torch.no_grad():
        for inputs, _ in shown:
            model.eval()(inputs)
    return {layer: torch.cat(outputs).double().std().item() for layer, outputs in seen.items()}


@law("initializer.lsuv")
@pytest.mark.parametrize("make", [Backwards, deep])
@pytest.mark.parametrize("n_batches", [1, 3])
def test_lsuv_gives_every_layer_deviation_1(make: Callable[[], nn.Module], n_batches: int) -> None:
    shown = batches()
    found = deviations(calibrated(make(), shown, name="lsuv", tol=0.01, n_batches=n_batches), shown[:n_batches])
    assert len(found) == {Backwards: 3, deep: 11}[make]
    assert all(value == pytest.approx(1, abs=0.01) for value in found.values())


def test_lsuv_only_scales_orthogonal_weights() -> None:
    network = calibrated(deep(), batches(), name="lsuv")
    for layer in network:
        if isinstance(layer, nn.Linear) and layer.out_features <= layer.in_features:
            rows = layer.weight.detach() / layer.weight.detach()[0].norm()
            assert torch.allclose(rows @ rows.T, torch.eye(len(rows)), atol=1e-5)


def test_lsuv_leaves_constant_layers_and_stops_after_its_corrections() -> None:
    """A layer behind a dead one gives the same for every input; spectral norm takes no scale at all."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(72, 4), nn.Threshold(1e9, 0.0), nn.Linear(4, 5))
    calibrated(network, batches(), name="lsuv")
    assert network[3].weight.isfinite().all()
    assert network[3].weight.norm().item() == pytest.approx(2.0)
    fixed = nn.Sequential(nn.Flatten(), nn.utils.parametrizations.spectral_norm(nn.Linear(72, 5)))
    calibrated(fixed, batches(), name="lsuv", max_iter=3)
    assert fixed[1].weight.isfinite().all()


def test_lsuv_scales_a_normalized_weight_through_its_parts() -> None:
    network = nn.Sequential(nn.Flatten(), nn.utils.parametrizations.weight_norm(nn.Linear(72, 5)))
    (deviation,) = deviations(calibrated(network, batches(), name="lsuv"), batches(1)).values()
    assert deviation == pytest.approx(1, abs=0.02)


def after_one_step(model: nn.Module, shown: list[Batch], eta: float, sign: bool) -> tuple[float, float]:
    """The gradient's norm on the first batch, and the mean loss of the first two after a step on the first."""
    model = copy.deepcopy(model).train()
    loss(model, shown[0]).backward()
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = torch.cat([gradient.flatten() for gradient in gradients]).norm(1 if sign else 2).item()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.sub_(eta * (parameter.grad.sign() if sign else parameter.grad))
        return norm, sum(loss(model, batch).item() for batch in shown[:2]) / 2


@law("initializer.gradinit")
@pytest.mark.parametrize(
    ("optimizer", "eta", "gamma"), [("sgd", 0.1, 3.0), ("sgd", 0.01, 100.0), ("adam", 0.003, 20.0)]
)
def test_gradinit_eases_the_first_step_and_only_scales(optimizer: str, eta: float, gamma: float) -> None:
    torch.manual_seed(0)
    network = Backwards().double()
    shown = [(inputs.double(), targets) for inputs, targets in batches()]
    before = calibrated(copy.deepcopy(network), shown, name="kaiming_normal")
    after = calibrated(network, shown, name="gradinit", optimizer=optimizer, eta=eta, gamma=gamma, tau=0.1)
    (old_norm, old), (norm, new) = (after_one_step(model, shown, eta, optimizer == "adam") for model in (before, after))
    assert new < old
    assert old_norm > gamma > norm or gamma == 100.0
    for name, weight in after.named_parameters():
        start = before.get_parameter(name)
        if weight.ndim > 1:
            factor = weight.norm() / start.norm()
            assert factor > 0
            assert torch.allclose(weight, factor * start, rtol=1e-12)
        else:
            assert torch.equal(weight, start)


@pytest.mark.parametrize("gamma", [0.05, 5.0])
def test_gradinit_never_costs_more_than_it_saves(gamma: float) -> None:
    """Also under a bound that it can meet only at the price of the loss, with dropout and batch statistics."""
    shown = batches()
    torch.manual_seed(0)
    start = deep()
    start[5].p = 0.0  # the measure below draws no masks
    before = calibrated(copy.deepcopy(start), shown, name="kaiming_normal")
    after = calibrated(start, shown, name="gradinit", gamma=gamma, steps=10)
    assert after_one_step(after, shown, 0.1, False)[1] <= after_one_step(before, shown, 0.1, False)[1] + 1e-6


@pytest.mark.parametrize("name", ["lsuv", "gradinit"])
def test_nothing_but_weights_comes_back(name: str) -> None:
    model = deep()
    initializer = INITIALIZERS.parse(name)
    initializer.initialize(model)
    randomness, buffers = torch.get_rng_state(), copy.deepcopy(dict(model.named_buffers()))
    shown = batches()
    initializer.calibrate(model, shown, loss)
    assert torch.equal(torch.get_rng_state(), randomness)
    assert all(torch.equal(buffer, buffers[key]) for key, buffer in model.named_buffers())
    assert model.training
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
    loss(model, shown[0]).backward()


@pytest.mark.parametrize("model", ["mlp", "cnn", "rnn"])
def test_gradinit_finds_something_on_real_data_with_its_defaults(
    model: str, small: Callable[..., ExperimentConfig]
) -> None:
    found = []
    for initializer in ("gradinit", "kaiming_normal"):
        torch.manual_seed(0)
        setup = BuiltInSetup(small(data="digits", model=model, initializer=initializer))
        loader = iter(setup.loaders()["train_dataloaders"])
        found.append(after_one_step(setup.module.network, [next(loader), next(loader)], 0.1, False)[1])
    assert found[0] < 0.995 * found[1]


@pytest.mark.parametrize("name", ["lsuv", "gradinit"])
def test_a_run_starts_from_its_own_training_batches(
    name: str, small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    """The first batch of the first epoch is what it looked at, and the same seed gives the same curve."""
    config = small(epochs=2, initializer=name, activation="tanh", seed=4)
    setup = BuiltInSetup(config)
    first = next(iter(setup.loaders()["train_dataloaders"]))
    if name == "lsuv":
        found = deviations(setup.module.network, [first])
        assert all(value == pytest.approx(1, abs=0.02) for value in found.values())
    rows = []
    for attempt in ("one", "two"):
        reporter = reporter_class()
        train(config, reporter, tmp_path / attempt)
        rows.append(reporter.rows())
    assert rows[0] == rows[1]


@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_layers_are_scaled_by_gradinit_and_left_alone_by_lsuv(cell: type[nn.RNNBase]) -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = cell(6, 8, batch_first=True), nn.Linear(8, 5)

        def forward(self, inputs: Tensor) -> Tensor:
            outputs: Tensor = self.head(self.cell(inputs.flatten(1, 2))[0][:, -1])
            return outputs

    shown = batches()
    start = calibrated(Last(), shown, name="orthogonal").cell.weight_hh_l0
    assert torch.equal(calibrated(Last(), shown, name="lsuv").cell.weight_hh_l0, start)
    scaled = calibrated(Last(), shown, name="gradinit", start="orthogonal", eta=1.0, steps=5).cell.weight_hh_l0
    factor = (scaled.norm() / start.norm()).item()
    assert factor != 1
    assert torch.allclose(scaled, factor * start)
