"""Normalization behind the layers of the recurrent network: the state of each step by itself."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.models import MODELS
from experiments.models._parts import Parts
from experiments.normalizations import NORMALIZATIONS
from tests.support.training.laws import law


def network(normalization: str, **fields: Any) -> nn.Module:
    torch.manual_seed(0)
    parts = Parts(nn.Tanh, NORMALIZATIONS.parse(normalization).layer, lambda dimensions: ())
    module: nn.Module = MODELS.parse({"name": "rnn", "hidden": 5, "layers": 2, **fields}).network((3, 7), 4, parts)
    return module.double()


def standardized(states: Tensor, axes: tuple[int, ...]) -> Tensor:
    centered = states - states.mean(axes, keepdim=True)
    return centered / (centered.square().mean(axes, keepdim=True) + 1e-5).sqrt()


@law("model.rnn")
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("normalization", "axes"), [("layer", (2,)), ("batch", (0, 1))])
def test_the_states_of_every_layer_are_normalized(
    normalization: str, axes: tuple[int, ...], bidirectional: bool
) -> None:
    """Over the features of each step, or over the batch and all steps; both directions together."""
    module = network(normalization, bidirectional=bidirectional)
    inputs = torch.randn(6, 3, 7, dtype=torch.float64)
    states = inputs.movedim(2, 1)
    for cell in module.cells:
        states = standardized(cell(states)[0], axes)
    last = torch.cat([states[:, -1, :5], states[:, 0, 5:]], 1)
    torch.testing.assert_close(module(inputs), last @ module.head[0].weight.T + module.head[0].bias)


@pytest.mark.parametrize("normalization", ["none", "weight", "spectral"])
def test_what_is_no_layer_stands_behind_none(normalization: str) -> None:
    assert [len(behind) for behind in network(normalization).behind] == [0, 0]
