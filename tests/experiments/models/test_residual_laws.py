"""The residual network: blocks that are the identity without their branch, and gradients that reach the first layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from experiments.config import ExperimentConfig
from experiments.models._residual import ResidualBlock
from experiments.training.module import assemble
from tests.support.training.laws import law

Small = Callable[..., ExperimentConfig]


def network(small: Small, data: str = "wine", seed: int = 0, regularizers: Any = (), **fields: Any) -> nn.Sequential:
    torch.manual_seed(seed)
    model = {"name": "residual", "width": 8, **fields}
    made = assemble(small(data=data, model=model, regularizers=regularizers)).network.double()
    assert isinstance(made, nn.Sequential)
    return made


def blocks_of(made: nn.Module) -> list[ResidualBlock]:
    return [layer for layer in made.modules() if isinstance(layer, ResidualBlock)]


SHAPES = {"wine": (13,), "mnist1d": (1, 40), "digits": (1, 8, 8)}


@law("model.residual")
@pytest.mark.parametrize("data", SHAPES)
def test_a_block_adds_its_two_layers_and_is_the_identity_without_them(data: str, small: Small) -> None:
    made = network(small, data)
    inputs = torch.randn(4, *SHAPES[data], dtype=torch.float64)
    assert made(inputs).shape == (4, 3 if data == "wine" else 10)
    hidden = made[0](inputs)
    for block in blocks_of(made):
        _, first, _, second = block.branch
        expected = hidden + second(first(hidden.clamp(min=0)).clamp(min=0))
        torch.testing.assert_close(block(hidden), expected)
        nn.init.zeros_(second.weight)
        nn.init.zeros_(second.bias)
        assert torch.equal(block(hidden), hidden)


def test_the_number_of_parameters_follows_from_width_and_depth(small: Small) -> None:
    made = network(small, width=8, depth=5)
    assert sum(weight.numel() for weight in made.parameters()) == (13 * 8 + 8) + 5 * 2 * (8 * 8 + 8) + (8 * 3 + 3)


@pytest.mark.parametrize("scaling", ["none", "sqrt_depth", "rezero"])
def test_gradients_reach_the_first_layer_at_depth_fifty(scaling: str, small: Small) -> None:
    made = network(small, depth=50, scaling=scaling)
    inputs = torch.randn(16, 13, dtype=torch.float64)
    made(inputs).square().mean().backward()
    first, last = made[0].weight.grad, made[-1].weight.grad
    assert first is not None
    assert last is not None
    assert first.norm() > 1e-3 * last.norm()


@pytest.mark.parametrize(("scaling", "scale"), [("none", 1.0), ("sqrt_depth", 0.5), ("rezero", 0.0)])
def test_branches_are_scaled(scaling: str, scale: float, small: Small) -> None:
    made = network(small, depth=4, scaling=scaling)
    hidden = torch.randn(4, 8, dtype=torch.float64)
    for block in blocks_of(made):
        torch.testing.assert_close(block(hidden), hidden + scale * block.branch(hidden))
    learned = [weight for weight in made.parameters() if weight.ndim == 0]
    assert len(learned) == (4 if scaling == "rezero" else 0)


def test_scaling_by_depth_keeps_the_variance_bounded(small: Small) -> None:
    inputs = torch.randn(200, 13, dtype=torch.float64)
    sizes = {}
    for scaling in ("none", "sqrt_depth"):
        made = network(small, width=64, depth=50, scaling=scaling)
        with torch.no_grad():
            hidden = made[0](inputs)
            before = hidden.var()
            for block in blocks_of(made):
                hidden = block(hidden)
        sizes[scaling] = (hidden.var() / before).item()
    assert sizes["sqrt_depth"] < 10 * math.e
    assert sizes["none"] > 1e6


@law("regularizer.stochastic_depth")
def test_stochastic_depth_drops_branches_more_often_the_deeper_they_are(small: Small) -> None:
    made = network(small, depth=4, regularizers={"stochastic_depth": {"p": 0.4}})
    blocks = blocks_of(made)
    assert [block.drop for block in blocks] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    hidden = torch.randn(1, 8, dtype=torch.float64).expand(20_000, 8)
    torch.manual_seed(0)
    for block in blocks:
        change = block.branch(hidden)
        dropped = (block(hidden) == hidden).all(1)
        assert dropped.double().mean().item() == pytest.approx(block.drop, abs=0.01)
        kept = (block(hidden) - hidden)[(block(hidden) != hidden).all(1)]
        assert len(kept) > 0
        outputs = block(hidden)
        stayed = ~(outputs == hidden).all(1)
        torch.testing.assert_close(outputs[stayed], hidden[stayed] + change[stayed] / (1 - block.drop))
        torch.testing.assert_close(outputs.mean(0), hidden[0] + change[0], rtol=0.05, atol=0.03)


def test_stochastic_depth_rests_in_evaluation_and_at_zero(small: Small) -> None:
    inputs = torch.randn(50, 13, dtype=torch.float64)
    plain = network(small)
    dropping = network(small, regularizers={"stochastic_depth": {"p": 0.9}})
    dropping.load_state_dict(plain.state_dict())
    assert not torch.equal(dropping(inputs), plain(inputs))
    assert torch.equal(dropping.eval()(inputs), plain(inputs))
    resting = network(small, regularizers={"stochastic_depth": {"p": 0.0}})
    resting.load_state_dict(plain.state_dict())
    assert torch.equal(resting(inputs), plain(inputs))
