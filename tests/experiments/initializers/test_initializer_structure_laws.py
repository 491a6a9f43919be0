"""Initializers with a structure: orthogonal, sparse, and those that pass the signal on."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from experiments.initializers import INITIALIZERS
from tests.support.training.laws import law


def initialized(network: nn.Module, **fields: object) -> nn.Module:
    torch.manual_seed(0)
    INITIALIZERS.parse(fields).initialize(network)
    return network


def orthogonality(rows: torch.Tensor, gain: float) -> float:
    """The largest error of the Gram matrix of the shorter side."""
    rows = rows if rows.shape[0] <= rows.shape[1] else rows.T
    return (rows @ rows.T - gain**2 * torch.eye(len(rows))).abs().max().item()


@law("initializer.orthogonal")
@pytest.mark.parametrize("layer", [nn.Linear(400, 300), nn.Linear(30, 50), nn.Conv2d(4, 8, 3), nn.Conv1d(3, 40, 5)])
def test_orthogonal_keeps_lengths_times_gain(layer: nn.Linear) -> None:
    initialized(layer, name="orthogonal", gain=1.2)
    assert orthogonality(layer.weight.detach().flatten(1), 1.2) < 1e-5


def test_orthogonal_matrices_are_random() -> None:
    first, second = (initialized(nn.Linear(9, 9), name="orthogonal") for _ in range(2))
    torch.manual_seed(1)
    other = nn.Linear(9, 9)
    INITIALIZERS.parse("orthogonal").initialize(other)
    assert torch.equal(first.weight, second.weight)
    assert not torch.allclose(first.weight, other.weight, atol=0.1)


@law("initializer.delta_orthogonal")
@pytest.mark.parametrize(("layer", "dims"), [(nn.Conv1d, 1), (nn.Conv2d, 2), (nn.Conv3d, 3)])
def test_delta_orthogonal_has_an_orthogonal_center_and_zeros(layer: type[nn.Conv2d], dims: int) -> None:
    convolution = initialized(layer(6, 10, 3), name="delta_orthogonal", gain=0.9)
    kernel = convolution.weight.detach().clone()
    center = (slice(None), slice(None), *[1] * dims)
    assert orthogonality(kernel[center], 0.9) < 1e-5
    kernel[center] = 0
    assert kernel.abs().max() == 0


def test_delta_orthogonal_convolutions_keep_every_length_and_orthogonal_ones_do_not() -> None:
    """The paper's point, over 20 circular convolutions of even images, the worst of which shows."""
    images = torch.randn(8, 12, 1, 1).expand(8, 12, 9, 9)
    worst = {}
    for name in ("delta_orthogonal", "orthogonal"):
        layers = [nn.Conv2d(12, 12, 3, padding=1, padding_mode="circular") for _ in range(20)]
        outputs = initialized(nn.Sequential(*layers), name=name)(images)
        ratios = outputs.flatten(1).norm(dim=1) / images.flatten(1).norm(dim=1)
        worst[name] = ratios.log().abs().max().item()
    assert worst["delta_orthogonal"] < 1e-4
    assert worst["orthogonal"] > 1


@law("initializer.dirac")
@pytest.mark.parametrize("size", [1, 3, 5])
def test_dirac_passes_each_channel_on_and_repeats_them(size: int) -> None:
    images = torch.randn(4, 3, 6, 6)
    convolution = initialized(nn.Conv2d(3, 7, size, padding=size // 2), name="dirac")
    outputs = convolution(images)
    for channel in range(7):
        assert torch.equal(outputs[:, channel], images[:, channel % 3])
    narrow = initialized(nn.Conv1d(5, 2, 3, padding=1), name="dirac")
    series = torch.randn(4, 5, 8)
    assert torch.equal(narrow(series), series[:, :2])


def test_dirac_serves_every_group() -> None:
    images = torch.randn(2, 4, 5, 5)
    convolution = initialized(nn.Conv2d(4, 4, 3, padding=1, groups=2), name="dirac")
    assert torch.equal(convolution(images), images)


@pytest.mark.parametrize("name", ["dirac", "identity"])
def test_no_unit_of_a_widening_layer_is_dead(name: str) -> None:
    """Torch's own functions leave the rest of the rows zero: behind a ReLU these get no gradient, ever."""
    network = initialized(nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 5)), name=name)
    network(torch.randn(32, 1, 3, 3)).square().sum().backward()
    assert (network[0].weight.detach().flatten(1).norm(dim=1) > 0).all()


@pytest.mark.parametrize("name", ["dirac", "delta_orthogonal"])
def test_initializers_of_kernels_make_matrices_orthogonal(name: str) -> None:
    network = initialized(nn.Sequential(nn.Flatten(), nn.Linear(40, 20), nn.ReLU(), nn.Linear(20, 5)), name=name)
    assert orthogonality(network[1].weight.detach(), 1.0) < 1e-5
    assert orthogonality(network[3].weight.detach(), 1.0) < 1e-5


@law("initializer.identity")
def test_identity_passes_the_signal_through_any_depth() -> None:
    inputs = torch.randn(8, 12).relu()
    network = nn.Sequential(*[layer for _ in range(30) for layer in (nn.Linear(12, 12), nn.ReLU())])
    assert torch.equal(initialized(network, name="identity")(inputs), inputs)
    wide = initialized(nn.Linear(12, 30), name="identity", gain=0.5)
    assert torch.equal(wide(inputs), 0.5 * torch.cat([inputs, inputs, inputs[:, :6]], dim=1))
    narrow = initialized(nn.Linear(12, 5), name="identity")
    assert torch.equal(narrow(inputs), inputs[:, :5])


@law("initializer.sparse")
@pytest.mark.parametrize(("layer", "fan_in"), [(nn.Linear(300, 400), 300), (nn.Conv2d(12, 400, 5), 300)])
def test_sparse_leaves_few_connections_into_each_unit(layer: nn.Linear, fan_in: int) -> None:
    """Counted in each unit's own column of the paper's matrix, a row of torch's."""
    rows = initialized(layer, name="sparse", sparsity=0.8, gain=1.5).weight.detach().flatten(1)
    kept = fan_in - round(0.8 * fan_in)
    assert (rows != 0).sum(1).tolist() == [kept] * 400
    assert rows[rows != 0].var().item() == pytest.approx(1.5**2 / kept, rel=0.02)
    used = (rows != 0).sum(0).float()
    assert used.std() == pytest.approx((400 * 0.2 * 0.8) ** 0.5, rel=0.2)


def test_sparse_keeps_a_connection_of_every_unit() -> None:
    layer = initialized(nn.Linear(3, 50), name="sparse", sparsity=0.99)
    assert ((layer.weight != 0).sum(1) == 1).all()


def test_kaiming_keeps_the_signal_through_fifty_relu_layers() -> None:
    """Xavier, made for tanh, halves the mean square at every layer; with torch's default only the biases are left."""
    inputs = torch.randn(128, 256).relu()
    ratios, spreads = {}, {}
    for name in ("kaiming_normal", "xavier_normal", "torch_default"):
        layers = [layer for _ in range(50) for layer in (nn.Linear(256, 256), nn.ReLU())]
        outputs = initialized(nn.Sequential(*layers), name=name)(inputs)
        ratios[name] = (outputs.square().mean() / inputs.square().mean()).item()
        spreads[name] = (outputs.var(0).mean() / inputs.var(0).mean()).item()
    assert 0.25 < ratios["kaiming_normal"] < 4
    assert ratios["xavier_normal"] < 1e-12
    assert spreads["torch_default"] < 1e-12


def test_kaiming_does_not_keep_narrow_deep_networks_alive() -> None:
    """Most networks of 50 layers of 2 units answer every input alike: they are born dead."""
    inputs = torch.randn(64, 2)
    dead = 0
    for seed in range(12):
        layers = [layer for _ in range(50) for layer in (nn.Linear(2, 2), nn.ReLU())]
        network = nn.Sequential(*layers)
        torch.manual_seed(seed)
        INITIALIZERS.parse("kaiming_normal").initialize(network)
        dead += bool((network(inputs).std(dim=0) == 0).all())
    assert dead > 9


def test_xavier_needs_a_gain_of_four_for_sigmoid() -> None:
    """What tells small inputs apart survives ten sigmoid layers with gain 4 only, ten tanh layers with gain 1."""
    inputs = 0.05 * torch.randn(64, 256)

    def kept(activation: type[nn.Module], gain: float) -> float:
        layers = [layer for _ in range(10) for layer in (nn.Linear(256, 256), activation())]
        network = initialized(nn.Sequential(*layers), name="xavier_normal", gain=gain)
        for layer in layers[::2]:
            if activation is nn.Sigmoid:  # center the outputs of the layer before
                layer.bias.data = -0.5 * layer.weight.data.sum(1)
        return (network(inputs).std(0).mean() / inputs.std(0).mean()).item()

    assert 0.3 < kept(nn.Tanh, 1.0) < 1.5
    assert 0.1 < kept(nn.Sigmoid, 4.0) < 1.5
    assert kept(nn.Sigmoid, 1.0) < 1e-4


def test_constant_weights_would_give_all_units_one_gradient_and_an_identity_does_not() -> None:
    layer = initialized(nn.Linear(6, 6), name="identity")
    inputs = torch.randn(32, 6)
    functional.mse_loss(layer(inputs).relu(), torch.randn(32, 1).expand(32, 6)).backward()
    gradient = layer.weight.grad
    assert gradient is not None
    assert torch.pdist(gradient).min() > 1e-3
