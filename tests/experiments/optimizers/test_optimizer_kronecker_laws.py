"""Shampoo and SOAP take the steps of their papers, and do not care how the inputs of a layer are turned (float64)."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.errors import Diverged
from experiments.optimizers import OPTIMIZERS
from tests.support.training.laws import law
from tests.support.training.stepwise import Noisy, State, follows, take_step


def power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values**exponent) @ vectors.T


def shampoo(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["l"] = s.get("l", 0.1 * torch.eye(4, dtype=w.dtype)) + g @ g.T
    s["r"] = s.get("r", 0.1 * torch.eye(5, dtype=w.dtype)) + g.T @ g
    if t <= 20 or (t - 1) % 3 == 0:
        s["roots"] = power(s["l"], -0.25), power(s["r"], -0.25)
    left, right = s["roots"]
    return w - 0.05 * left @ g @ right


def soap(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    """Algorithm 3, with the first gradient for the bases alone, and each basis by falling eigenvalues."""
    if t == 1:
        s["l"], s["r"] = 0.05 * g @ g.T, 0.05 * g.T @ g
        s["ql"], s["qr"] = (torch.linalg.eigh(s[side])[1].flip(1) for side in "lr")
        return w
    k, ql, qr = t - 1, s["ql"], s["qr"]
    s["m"] = 0.8 * s.get("m", 0.0) + 0.2 * g
    s["v"] = 0.95 * s.get("v", 0.0) + 0.05 * (ql.T @ g @ qr) ** 2
    turned = ql.T @ (s["m"] / (1 - 0.8**k)) @ qr / ((s["v"] / (1 - 0.95**k)).sqrt() + 1e-8)
    s["l"] = 0.95 * s["l"] + 0.05 * g @ g.T
    s["r"] = 0.95 * s["r"] + 0.05 * g.T @ g
    if k % 3 == 0:
        rows, columns = (
            torch.diag(s[q].T @ s[m] @ s[q]).argsort(descending=True) for m, q in (("l", "ql"), ("r", "qr"))
        )
        s["v"] = s["v"][rows][:, columns]
        s["ql"], s["qr"] = torch.linalg.qr(s["l"] @ ql[:, rows])[0], torch.linalg.qr(s["r"] @ qr[:, columns])[0]
    return w * (1 - 0.05 * 0.3) - 0.05 * ql @ turned @ qr.T


@law("optimizer.shampoo", "optimizer.soap")
def test_every_step_is_that_of_the_formula() -> None:
    follows(shampoo, {"name": "shampoo", "eps": 0.1, "update_period": 3}, 1e-8)
    follows(soap, {"name": "soap", "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.3, "update_period": 3}, 1e-6)


def test_a_turn_of_the_basis_makes_no_step_longer() -> None:
    """On gradients of very different lengths: an Adam step has about the length of the rate in each direction."""
    torch.manual_seed(0)
    model = nn.ParameterList([torch.zeros(12, 10, dtype=torch.float64)])
    lengths = torch.logspace(0, -4, 12, dtype=torch.float64)[:, None]
    optimizer = OPTIMIZERS.parse({"name": "soap", "lr": 1.0, "weight_decay": 0.0, "update_period": 10}).for_model(model)
    steps = []
    for _ in range(45):
        before, gradient = model[0].detach().clone(), lengths * torch.randn(12, 10, dtype=torch.float64)
        take_step(optimizer, lambda gradient=gradient: (gradient * model[0]).sum())
        steps.append(float((model[0].detach() - before).square().mean().sqrt()))
    assert max(steps) < 1.2


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (2, 3, 2, 2)])
def test_shampoo_of_other_orders_takes_roots_of_twice_the_order(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model = nn.ParameterList([torch.zeros(shape, dtype=torch.float64)])
    g = torch.randn(shape, dtype=torch.float64)
    take_step(
        OPTIMIZERS.parse({"name": "shampoo", "lr": 1.0, "eps": 0.1}).for_model(model), lambda: torch.sum(g * model[0])
    )
    expected = g
    for side, length in enumerate(shape):
        unfolded = g.movedim(side, 0).reshape(length, -1)
        root = power(0.1 * torch.eye(length, dtype=g.dtype) + unfolded @ unfolded.T, -1 / (2 * len(shape)))
        expected = (root @ expected.movedim(side, 0).reshape(length, -1)).reshape(expected.movedim(side, 0).shape)
        expected = expected.movedim(0, side)
    torch.testing.assert_close(model[0].detach(), -expected, rtol=1e-9, atol=1e-12)


def curve(name: str, turn: Tensor) -> list[float]:
    """Losses of a small network whose inputs are turned, and the first weights with them.

    Its layers are square: where a gradient lacks rank, SOAP's first basis is not determined.
    """
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4)).double()
    inputs, targets = torch.randn(64, 4, dtype=torch.float64), torch.randn(64, 4, dtype=torch.float64)
    with torch.no_grad():
        model[0].weight.copy_(model[0].weight @ turn)
    optimizer = OPTIMIZERS.parse(name).for_model(model)
    losses = []
    for _ in range(40):
        loss = (model(inputs @ turn) - targets).square().mean()
        losses.append(float(loss.detach()))
        take_step(optimizer, lambda: (model(inputs @ turn) - targets).square().mean())
    return losses


def test_turning_the_inputs_of_a_layer_leaves_the_curve_as_it_is() -> None:
    torch.manual_seed(1)
    turn = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64))[0]
    still = torch.eye(4, dtype=torch.float64)
    for name in ("shampoo", "soap"):
        assert curve(name, turn) == pytest.approx(curve(name, still), rel=1e-6)
        assert curve(name, still)[-1] < 0.9 * curve(name, still)[0]
    assert curve("adam", turn) != pytest.approx(curve("adam", still), rel=1e-3)


def test_sides_that_are_too_long_get_no_matrix() -> None:
    model = Noisy()
    for name in ("shampoo", "soap"):
        optimizer = OPTIMIZERS.parse({"name": name, "max_side": 4}).for_model(model)
        take_step(optimizer, lambda: model(1))
        (state,) = optimizer.state.values()
        assert {key for key in state if key.startswith("matrix")} == {"matrix0"}


def test_an_infinite_gradient_is_named() -> None:
    model: Any = Noisy()
    with pytest.raises(Diverged, match="gradient became infinite; lower the learning rate"):
        take_step(OPTIMIZERS.parse("shampoo").for_model(model), lambda: torch.sum(model.w * torch.inf))
