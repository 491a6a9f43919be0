"""Dropout in its forms: the share of zeros, the mean that stays, whole channels, one mask for all time steps."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.training.module import assemble
from tests.support.training.laws import law


def layer_of(name: str, p: float, dimensions: int = 0) -> nn.Module:
    layer = REGULARIZERS.parse({"name": name, "p": p}).layer(dimensions)
    assert layer is not None
    return layer


SHAPES = {
    "dropout": (0, (400, 500)),
    "spatial_dropout": (2, (400, 500, 2, 3)),
    "variational_dropout": (0, (400, 7, 500)),
}


@law("regularizer.dropout", "regularizer.spatial_dropout", "regularizer.variational_dropout")
@pytest.mark.parametrize("name", SHAPES)
def test_dropout_zeroes_its_share_keeps_the_mean_and_rests_in_evaluation(name: str) -> None:
    dimensions, shape = SHAPES[name]
    torch.manual_seed(0)
    layer = layer_of(name, 0.3, dimensions)
    ones = torch.ones(shape, dtype=torch.float64)
    dropped = layer(ones)
    assert (dropped == 0).double().mean().item() == pytest.approx(0.3, abs=0.005)
    torch.testing.assert_close(dropped[dropped > 0].unique(), torch.tensor([1 / 0.7], dtype=torch.float64))
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.01)
    assert torch.equal(layer.eval()(ones), ones)


def mask(layer: nn.Module, shape: tuple[int, ...]) -> Tensor:
    return layer(torch.ones(shape)) != 0


@pytest.mark.parametrize(("dimensions", "shape"), [(1, (50, 20, 9)), (2, (50, 20, 3, 3))])
def test_spatial_dropout_drops_whole_channels(dimensions: int, shape: tuple[int, ...]) -> None:
    kept = mask(layer_of("spatial_dropout", 0.5, dimensions), shape).flatten(2)
    assert torch.equal(kept, kept[:, :, :1].expand_as(kept))
    assert 0 < kept[:, :, 0].sum() < 1000
    assert REGULARIZERS.parse("spatial_dropout").layer(0) is None


def test_variational_dropout_has_one_mask_for_all_time_steps_and_another_for_each_example() -> None:
    kept = mask(layer_of("variational_dropout", 0.5), (30, 12, 40))
    assert torch.equal(kept, kept[:, :1].expand_as(kept))
    assert not torch.equal(kept[0, 0], kept[1, 0])
    assert (kept[:, 0].float().mean(0) < 1).all()


def test_variational_dropout_without_time_steps_is_dropout() -> None:
    kept = mask(layer_of("variational_dropout", 0.25), (200, 300))
    assert kept.float().mean().item() == pytest.approx(0.75, abs=0.01)


@law("regularizer.alpha_dropout")
def test_alpha_dropout_follows_its_affine_form_and_keeps_mean_and_variance() -> None:
    torch.manual_seed(0)
    p, low = 0.2, -1.0507009873554805 * 1.6732632423543772
    a = 1 / math.sqrt((1 - p) * (1 + p * low**2))
    b = -a * p * low
    inputs = torch.randn(1000, 400, dtype=torch.float64)
    layer = layer_of("alpha_dropout", p)
    outputs = layer(inputs)
    dropped = torch.isclose(outputs, torch.tensor(a * low + b, dtype=torch.float64), rtol=0, atol=1e-6)
    assert dropped.double().mean().item() == pytest.approx(p, abs=0.003)
    torch.testing.assert_close(outputs[~dropped], a * inputs[~dropped] + b, rtol=1e-6, atol=1e-6)
    assert outputs.mean().item() == pytest.approx(0.0, abs=0.01)
    assert outputs.var().item() == pytest.approx(1.0, abs=0.01)
    assert torch.equal(layer.eval()(inputs), inputs)


@pytest.mark.parametrize(("model", "data", "count"), [("mlp", "wine", 2), ("cnn", "digits", 3)])
def test_dropout_stands_after_every_hidden_activation(
    model: str, data: str, count: int, small: Callable[..., ExperimentConfig]
) -> None:
    network = assemble(small(model=model, data=data, regularizers=["dropout"])).network
    layers = list(network)
    behind = [type(layers[i - 1]) for i, layer in enumerate(layers) if isinstance(layer, nn.Dropout)]
    assert behind == [nn.ReLU] * count


def test_variational_dropout_sees_the_time_steps_of_a_recurrent_network(small: Callable[..., ExperimentConfig]) -> None:
    model = {"name": "rnn", "hidden": 6, "layers": 2}
    network = assemble(small(model=model, data="digits", regularizers={"variational_dropout": {"p": 0.5}})).network
    seen: list[Tensor] = []
    layers = [layer for layer in network.modules() if type(layer).__name__ == "VariationalDropout"]
    for layer in layers:
        layer.register_forward_hook(lambda _layer, _inputs, outputs: seen.append(outputs == 0))
    network(torch.randn(7, 1, 8, 8))
    assert [tuple(dropped.shape) for dropped in seen] == [(7, 8, 6), (7, 8, 6)]
    assert all(torch.equal(dropped, dropped[:, :1].expand_as(dropped)) for dropped in seen)


def test_spatial_dropout_stands_behind_convolutions_only(small: Callable[..., ExperimentConfig]) -> None:
    network = assemble(small(model="cnn", data="digits", regularizers=["spatial_dropout"])).network
    assert sum(isinstance(layer, nn.Dropout2d) for layer in network) == 2
