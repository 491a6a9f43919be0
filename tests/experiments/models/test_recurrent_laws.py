"""The recurrent network against its gate equations, and the initializers of its states and gates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.data._splits import splits
from experiments.initializers import INITIALIZERS
from experiments.models import MODELS
from experiments.models._parts import Parts
from experiments.reporting import Decision
from experiments.train import train
from experiments.training.setup import BuiltInSetup
from tests.support.training.laws import law

Array = np.ndarray[Any, np.dtype[np.float64]]
PLAIN = Parts(nn.Tanh, lambda width, dimensions: None, lambda dimensions: ())
CELLS = ("rnn_tanh", "rnn_relu", "gru", "lstm")


def network(shape: tuple[int, ...] = (3, 7), parts: Parts = PLAIN, **fields: Any) -> nn.Module:
    torch.manual_seed(0)
    module: nn.Module = MODELS.parse({"name": "rnn", "hidden": 5, **fields}).network(shape, 4, parts)
    return module.double()


def sigma(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def lstm(x: Array, h: Array, c: Array, parameters: list[Array]) -> tuple[Array, Array]:
    w, u, b, b2 = parameters
    i, f, g, o = np.split(x @ w.T + b + h @ u.T + b2, 4, axis=1)
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def gru(x: Array, h: Array, c: Array, parameters: list[Array]) -> tuple[Array, Array]:
    w, u, b, b2 = parameters
    (r, z, n), (r2, z2, n2) = np.split(x @ w.T + b, 3, axis=1), np.split(h @ u.T + b2, 3, axis=1)
    update = sigma(z + z2)
    return (1 - update) * np.tanh(n + sigma(r + r2) * n2) + update * h, c


def simple(x: Array, h: Array, c: Array, parameters: list[Array], relu: bool) -> tuple[Array, Array]:
    w, u, b, b2 = parameters
    z = x @ w.T + b + h @ u.T + b2
    return (np.maximum(z, 0) if relu else np.tanh(z)), c


EQUATIONS: dict[str, Callable[..., tuple[Array, Array]]] = {
    "lstm": lstm,
    "gru": gru,
    "rnn_tanh": lambda *args: simple(*args, relu=False),
    "rnn_relu": lambda *args: simple(*args, relu=True),
}


def states(cell: str, sequence: Array, parameters: list[Array]) -> Array:
    """All states, shape (batch, time, hidden), of a sequence of shape (batch, time, features)."""
    h = c = np.zeros((len(sequence), 5))
    found = []
    for step in range(sequence.shape[1]):
        h, c = EQUATIONS[cell](sequence[:, step], h, c, parameters)
        found.append(h)
    return np.stack(found, axis=1)


def parameters_of(layer: nn.Module, suffix: str) -> list[Array]:
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return [layer.get_parameter(name + suffix).detach().numpy() for name in names]


@law("model.rnn")
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_output_is_that_of_the_gate_equations(cell: str, bidirectional: bool) -> None:
    """Two layers, in numpy; backwards the state that has seen everything is the one at the first step."""
    module = network(cell=cell, layers=2, bidirectional=bidirectional)
    inputs = torch.randn(6, 3, 7, dtype=torch.float64)
    sequence = inputs.numpy().transpose(0, 2, 1)
    for layer in module.cells:
        forwards = states(cell, sequence, parameters_of(layer, ""))
        found = [forwards]
        if bidirectional:
            found.append(states(cell, sequence[:, ::-1], parameters_of(layer, "_reverse"))[:, ::-1])
        sequence = np.concatenate(found, axis=2)
    last = sequence[:, -1] if not bidirectional else np.hstack([sequence[:, -1, :5], sequence[:, 0, 5:]])
    (head,) = module.head
    expected = last @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    np.testing.assert_allclose(module(inputs).detach().numpy(), expected, rtol=1e-10, atol=1e-12)


def test_images_are_read_row_by_row() -> None:
    module = network((2, 6, 4))
    assert module.cells[0].input_size == 2 * 4
    images = torch.randn(3, 2, 6, 4, dtype=torch.float64)
    steps: list[Tensor] = []
    module.cells[0].register_forward_pre_hook(lambda _, inputs: steps.append(inputs[0]))
    module(images)
    assert torch.equal(steps[0][:, 2], torch.cat([images[:, 0, 2], images[:, 1, 2]], dim=1))


def test_extras_stand_behind_each_recurrent_layer_and_see_the_steps() -> None:
    seen: list[torch.Size] = []

    class Watch(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            seen.append(inputs.shape)
            return inputs * 0

    asked: list[int] = []
    parts = Parts(nn.Tanh, lambda width, dimensions: None, lambda dimensions: asked.append(dimensions) or [Watch()])
    module = network(parts=parts, layers=2, dense=[9])
    outputs = module(torch.randn(6, 3, 7, dtype=torch.float64))
    assert seen == [(6, 7, 5), (6, 7, 5), (6, 9)]
    assert asked == [0, 0, 0]
    assert torch.equal(outputs, module.head[-1].bias.expand(6, 4))


def initialized(name: str = "recurrent_orthogonal", **fields: Any) -> nn.Module:
    module = network(cell=fields.pop("cell", "lstm"), layers=2, bidirectional=True)
    INITIALIZERS.parse({"name": name, **fields}).initialize(module)
    return module


def recurrent(module: nn.Module, prefix: str) -> list[Tensor]:
    return [tensor.detach() for layer in module.cells for name, tensor in layer.named_parameters() if prefix in name]


@law("initializer.recurrent_orthogonal", "initializer.recurrent_identity")
@pytest.mark.parametrize(("cell", "gates"), [("rnn_tanh", 1), ("gru", 3), ("lstm", 4)])
def test_every_gate_has_its_own_matrix(cell: str, gates: int) -> None:
    """Orthogonalizing the stacked matrix would leave no gate orthogonal."""
    orthogonal = recurrent(initialized(cell=cell, gain=1.1), "weight_hh")
    identities = recurrent(initialized("recurrent_identity", cell=cell, gain=0.9), "weight_hh")
    assert len(orthogonal) == len(identities) == 4
    for weight, identity in zip(orthogonal, identities, strict=True):
        blocks = weight.split(5)
        assert len(blocks) == gates
        for block in blocks:
            assert (block @ block.T - 1.1**2 * torch.eye(5)).abs().max() < 1e-5
        assert not any(torch.allclose(blocks[0], block, atol=0.1) for block in blocks[1:])
        assert torch.equal(identity, 0.9 * torch.eye(5, dtype=torch.float64).repeat(gates, 1))


@pytest.mark.parametrize("name", ["recurrent_orthogonal", "kaiming_normal", "orthogonal", "lsuv"])
def test_forget_gates_get_their_bias_once(name: str) -> None:
    """Torch adds two biases; set on both, 1 would be 2."""
    module = initialized(name)
    inputs, hidden = recurrent(module, "bias_ih"), recurrent(module, "bias_hh")
    for first, second in zip(inputs, hidden, strict=True):
        assert (first + second).tolist() == [0.0] * 5 + [1.0] * 5 + [0.0] * 10
    assert {*recurrent(initialized(name, cell="gru"), "bias_ih")[0].tolist()} == {0.0}


def test_only_the_step_between_states_is_orthogonal() -> None:
    module = initialized(ih="kaiming_normal")
    torch.manual_seed(0)
    wide = nn.LSTM(300, 200)
    INITIALIZERS.parse({"name": "recurrent_orthogonal", "ih": "xavier_normal"}).initialize(wide)
    assert wide.weight_ih_l0.var().item() == pytest.approx(2 / (300 + 200), rel=0.02)  # the fans of one gate
    assert module.head[0].bias.abs().max() == 0


def test_cells_and_projections_of_users_are_filled_too() -> None:
    cell, projected = nn.GRUCell(4, 6), nn.LSTM(4, 6, proj_size=3)
    for layer in (cell, projected, nn.LSTMCell(4, 6)):
        INITIALIZERS.parse("recurrent_orthogonal").initialize(layer)
    for block in (*cell.weight_hh.split(6), *(part.T for part in projected.weight_hh_l0.split(6))):
        assert (block @ block.T - torch.eye(len(block))).abs().max() < 1e-5
    assert projected.bias_ih_l0[6:12].tolist() == [1.0] * 6


def cell_after_one_step(bias: float, before: Tensor) -> Tensor:
    layer = nn.LSTM(3, 8).double()
    torch.manual_seed(0)
    INITIALIZERS.parse({"name": "recurrent_orthogonal", "forget_bias": bias}).initialize(layer)
    torch.manual_seed(1)
    inputs, hidden = torch.randn(1, 4, 3).double(), torch.randn(1, 4, 8).double()
    cell: Tensor = layer(inputs, (hidden, before))[1][1]
    return cell


def test_a_closed_forget_gate_forgets_and_an_open_one_keeps() -> None:
    past, other = torch.randn(2, 1, 4, 8).double()
    closed = cell_after_one_step(-20, past) - cell_after_one_step(-20, other)
    opened = cell_after_one_step(20, past) - cell_after_one_step(20, other)
    assert closed.abs().max() < 1e-6
    assert torch.allclose(opened, past - other, atol=1e-5)


def test_a_forget_bias_of_one_remembers_longer() -> None:
    """What 30 steps leave of the first state, in the gradient."""
    kept = {}
    for bias in (0.0, 1.0, 3.0):
        layer = nn.LSTM(3, 32).double()
        torch.manual_seed(0)
        INITIALIZERS.parse({"name": "recurrent_orthogonal", "forget_bias": bias}).initialize(layer)
        start = torch.zeros(1, 1, 32).double().requires_grad_()
        steps = 0.1 * torch.randn(30, 1, 3).double()
        layer(steps, (torch.zeros(1, 1, 32).double(), start))[1][1].sum().backward()
        assert start.grad is not None
        kept[bias] = start.grad.norm().item()
    assert kept[0.0] < 1e-2 * kept[1.0] < 1e-2 * kept[3.0]


def test_gates_do_not_keep_gradients_from_exploding() -> None:
    layer = nn.LSTM(3, 32).double()
    torch.manual_seed(0)
    INITIALIZERS.parse({"name": "recurrent_orthogonal", "gain": 6.0, "forget_bias": 3.0}).initialize(layer)
    start = torch.zeros(1, 1, 32).double().requires_grad_()
    layer(0.1 * torch.randn(40, 1, 3).double(), (start, torch.zeros(1, 1, 32).double()))[0][-1].sum().backward()
    assert start.grad is not None
    assert start.grad.norm() > 1e4


def test_an_identity_recurrence_keeps_its_state_behind_relu() -> None:
    layer = nn.RNN(3, 16, nonlinearity="relu")
    INITIALIZERS.parse("irnn").initialize(layer)
    start = torch.rand(1, 4, 16)
    assert torch.equal(layer(torch.zeros(100, 4, 3), start)[1], start)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_it_learns_sequences_and_can_be_exported(
    cell: str, small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    model = {"name": "rnn", "cell": cell, "hidden": 24, "bidirectional": cell == "gru"}
    config = small(epochs=3, data="digits", model=model, initializer="recurrent_orthogonal", regularizers=["dropout"])
    reporter = reporter_class(at_end=Decision.KEEP)
    result = train(config, reporter, tmp_path)
    losses = reporter.curve("train_loss")
    assert losses[-1] < 0.7 * losses[0]
    images = torch.randn(5, 1, 8, 8)
    exported = torch.export.load(result.artifacts["model.pt2"]).module()
    module = BuiltInSetup(config).module
    module.load_state_dict(torch.load(result.artifacts["best.ckpt"])["state_dict"])
    parts = splits(config.data, None, 5, "cpu")
    assert torch.allclose(exported(images), module.eval()((images - parts.mean) / parts.scale), atol=1e-5)
