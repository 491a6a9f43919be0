"""Clipping: what each form leaves of a gradient, against its formula in float64."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.training.module import Network
from experiments.training.optimizer_step import OptimizerStep
from experiments.training.tasks import Regression
from tests.support.training.laws import law


def network_with_gradients(scale: float = 1.0) -> nn.Sequential:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(12, 5), nn.Linear(5, 2)).double()
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter) * scale
    return network


def gradients(network: nn.Module) -> list[np.ndarray]:
    return [parameter.grad.numpy().copy() for parameter in network.parameters()]


def clip(network: nn.Module, **fields: object) -> None:
    parameters = list(network.parameters())
    norm = torch.nn.utils.get_total_norm([parameter.grad for parameter in parameters])
    regularizer = REGULARIZERS.parse(fields)
    spared = regularizer.unclipped(network)
    regularizer.clip([parameter for parameter in parameters if parameter not in spared], norm)


@law("regularizer.clip_norm")
@pytest.mark.parametrize(("bound", "norm"), [(1.0, 1.0), (100.0, 10.0)])
def test_clipping_bounds_the_norm_and_keeps_the_direction(
    bound: float, norm: float, small: Callable[..., ExperimentConfig]
) -> None:
    layer = Network(nn.Linear(4, 4), Regression(), lambda module: torch.optim.SGD(module.parameters(), lr=1.0))
    optimizer = layer.configure_optimizers()
    trainer = SimpleNamespace(optimizers=[optimizer], estimated_stepping_batches=10, max_epochs=1)
    torch.manual_seed(0)
    drawn = [torch.randn_like(parameter) for parameter in layer.parameters()]
    scale = 10.0 / torch.cat([g.flatten() for g in drawn]).norm()
    for parameter, gradient in zip(layer.parameters(), drawn, strict=True):
        parameter.grad = gradient * scale
    direction = torch.cat([p.grad.flatten() for p in layer.parameters()])
    optimizer_step = OptimizerStep(small(regularizers={"clip_norm": {"bound": bound}}), [])
    optimizer_step.start(trainer, layer)  # type: ignore[arg-type]
    optimizer_step.before_step(0, optimizer)
    clipped = torch.cat([p.grad.flatten() for p in layer.parameters()])
    assert clipped.norm().item() == pytest.approx(norm, rel=1e-4)
    assert torch.cosine_similarity(clipped, direction, 0).item() == pytest.approx(1.0)
    assert optimizer_step.measured()["grad_norm"] == pytest.approx(10.0, rel=1e-5)


@law("regularizer.clip_value")
def test_clipping_by_value_cuts_each_entry_off() -> None:
    network = network_with_gradients()
    before = gradients(network)
    clip(network, name="clip_value", bound=0.4)
    for old, new in zip(before, gradients(network), strict=True):
        np.testing.assert_array_equal(new, np.sign(old) * np.minimum(np.abs(old), 0.4))
    assert any((np.abs(old) > 0.4).any() for old in before)


def unit_norms(values: np.ndarray) -> np.ndarray:
    """The paper's rows: one norm for each output unit of a weight, one for a whole bias."""
    rows = values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(1, -1)
    return np.sqrt((rows**2).sum(1))


@law("regularizer.adaptive_clipping")
@pytest.mark.parametrize("scale", [1e-6, 1e-2, 10.0])
def test_adaptive_clipping_bounds_the_ratio_of_each_unit(scale: float) -> None:
    network = network_with_gradients(scale)
    with torch.no_grad():
        network[0].weight[1] = 0.0
    before = gradients(network)
    clip(network, name="adaptive_clipping", ratio=0.05, smallest=0.001, head=True)
    after = gradients(network)
    for parameter, old, new in zip(network.parameters(), before, after, strict=True):
        allowed = 0.05 * np.maximum(unit_norms(parameter.detach().numpy()), 0.001)
        factor = np.minimum(1.0, allowed / unit_norms(old))
        np.testing.assert_allclose(new, old * factor.reshape(-1, *[1] * (old.ndim - 1)), rtol=1e-12)


def test_adaptive_clipping_leaves_the_output_layer_alone() -> None:
    network = network_with_gradients(10.0)
    before = gradients(network)
    clip(network, name="adaptive_clipping")
    changed = [not np.array_equal(*pair) for pair in zip(before, gradients(network), strict=True)]
    assert changed == [True, True, True, True, False, False]


@pytest.mark.parametrize("reparametrize", [parametrizations.weight_norm, parametrizations.spectral_norm])
def test_the_bias_of_a_reparametrized_output_layer_is_left_alone_too(reparametrize: Callable[..., nn.Module]) -> None:
    """Its weight is kept in a part of the layer, and comes after the bias."""
    network = nn.Sequential(reparametrize(nn.Linear(4, 4)), nn.Flatten(), reparametrize(nn.Linear(4, 2)))
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 10.0)
    clip(network, name="adaptive_clipping")
    changed = [bool((parameter.grad != 10.0).any()) for parameter in network.parameters()]
    n = len(changed) // 2
    assert changed == [True] * n + [False] * n


def test_without_a_weight_there_is_no_output_layer_to_spare() -> None:
    network = nn.LayerNorm(4)
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 10.0)
    clip(network, name="adaptive_clipping")
    assert all(bool((parameter.grad != 10.0).all()) for parameter in network.parameters())
