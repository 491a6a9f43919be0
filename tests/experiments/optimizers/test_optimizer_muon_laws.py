"""Muon: nearly orthogonal steps of hidden weights, and AdamW's of everything else, in one optimizer."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from experiments.optimizers import OPTIMIZERS
from experiments.optimizers._muon import orthogonalized
from tests.support.training.laws import law
from tests.support.training.stepwise import STEPS, State, take_step


def test_the_iteration_keeps_singular_values_in_its_range() -> None:
    """0.7 to 1.2 is what Jordan writes of his steps, rounded: they reach 0.682."""
    torch.manual_seed(0)
    matrices = torch.randn(50, 24, 16)
    for polish, lowest, highest in ((False, 0.68, 1.2025), (True, 0.86, 1.0001)):
        values = torch.stack([torch.linalg.svdvals(orthogonalized(matrix, polish)) for matrix in matrices])
        assert lowest < float(values.min()) <= float(values.max()) < highest


def newton_schulz(matrix: Tensor) -> Tensor:
    """Jordan et al.: five times the odd polynomial 3.4445 x - 4.775 x³ + 2.0315 x⁵, of the singular values."""
    u, values, vt = torch.linalg.svd(matrix / matrix.norm(), full_matrices=False)
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    return u @ torch.diag(values) @ vt


def muon(w: Tensor, g: Tensor, s: State, scale: float) -> Tensor:
    s["b"] = 0.9 * s.get("b", 0.0) + g
    return w * (1 - 0.02 * 0.1) - 0.02 * scale * newton_schulz(g + 0.9 * s["b"])


def adamw(w: Tensor, g: Tensor, t: int, s: State) -> Tensor:
    s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0.0) + 0.001 * g**2
    decayed = w * (1 - 0.005 * 0.1) if w.ndim > 1 else w
    return decayed - 0.005 * (s["m"] / (1 - 0.9**t)) / ((s["v"] / (1 - 0.999**t)).sqrt() + 1e-8)


class Tilted(nn.Module):
    """Four layers whose gradients are noise and the weights themselves."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        shapes = [(4, 3), (4,), (6, 4), (6,), (5, 6), (2, 5)]
        make = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes]
        self.layers = nn.ModuleList(nn.ParameterList(make[i:j]) for i, j in ((0, 2), (2, 4), (4, 5), (5, 6)))
        self.tilts = [[torch.randn(s, dtype=torch.float64, generator=generator) for s in shapes] for _ in range(STEPS)]

    def forward(self, t: int) -> Tensor:
        pairs = zip(self.parameters(), self.tilts[t - 1], strict=True)
        return sum(((tilt * w).sum() + (w**2).sum() / 2 for w, tilt in pairs), torch.tensor(0.0))


@law("optimizer.muon")
@pytest.mark.parametrize(
    ("kind", "scales"),
    [("original", (math.sqrt(6 / 4), 1.0)), ("match_rms_adamw", (0.2 * math.sqrt(6), 0.2 * math.sqrt(6)))],
)
def test_every_step_is_that_of_the_formula(kind: str, scales: tuple[float, float]) -> None:
    model = Tilted()
    fields = {
        "name": "muon",
        "lr": 0.02,
        "momentum": 0.9,
        "scale": kind,
        "polish": False,
        "adamw_lr": 0.005,
        "weight_decay": 0.1,
    }
    optimizer = OPTIMIZERS.parse(fields).for_model(model)
    expected = [parameter.detach().clone() for parameter in model.parameters()]
    states: list[State] = [{} for _ in expected]
    for t in range(1, STEPS + 1):
        take_step(optimizer, lambda t=t: model(t))
        for i, (w, s) in enumerate(zip(expected, states, strict=True)):
            g = model.tilts[t - 1][i] + w
            expected[i] = muon(w, g, s, scales[0 if i == 2 else 1]) if i in {2, 4} else adamw(w, g, t, s)
        for parameter, value in zip(model.parameters(), expected, strict=True):
            torch.testing.assert_close(parameter.detach(), value, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("shape", [(30, 10), (10, 30), (16, 8, 3, 3)])
def test_the_singular_values_of_a_step_are_near_one(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    model = nn.ModuleList(nn.ParameterList([torch.randn(size)]) for size in [(4, 4), shape, (4, 4)])
    before = model[1][0].detach().clone()
    optimizer = OPTIMIZERS.parse({"name": "muon", "lr": 1.0, "weight_decay": 0.0}).for_model(model)
    tilt = torch.randn(shape)
    take_step(optimizer, lambda: torch.sum(tilt * model[1][0]))
    step = (before - model[1][0].detach()).flatten(1)
    values = torch.linalg.svdvals(step / max(1.0, step.shape[0] / step.shape[1]) ** 0.5)
    assert 0.7 <= float(values.min()) <= float(values.max()) <= 1.2


def test_a_step_is_torchs_but_for_its_bfloat16() -> None:
    torch.manual_seed(0)
    before, gradient = torch.randn(2, 12, 8).unbind()
    theirs = nn.Parameter(before.clone())
    reference = torch.optim.Muon([theirs], lr=0.02, momentum=0.95, weight_decay=0.1)
    theirs.grad = gradient.clone()
    reference.step()
    expected = before * (1 - 0.02 * 0.1) - 0.02 * math.sqrt(12 / 8) * orthogonalized(gradient, polish=False)
    torch.testing.assert_close(theirs.detach(), expected, rtol=0, atol=0.05 * 0.02)


def test_embeddings_and_outer_layers_go_to_the_partner() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Embedding(4, 4), nn.Conv1d(4, 4, 3), nn.LayerNorm(4), nn.Linear(4, 2))
    optimizer = OPTIMIZERS.parse({"name": "muon", "lr": 0.02, "adamw_lr": 0.004}).for_model(model)
    rates = {id(w): (group["orthogonal"], group["lr"]) for group in optimizer.param_groups for w in group["params"]}
    assert [id(w) for w in model.parameters() if rates[id(w)] == (True, 0.02)] == [id(model[2].weight)]
    assert sum(rate == (False, pytest.approx(0.004)) for rate in rates.values()) == 8


def test_weight_normalization_leaves_lengths_and_outer_layers_to_the_partner() -> None:
    model = nn.Sequential(*(parametrizations.weight_norm(nn.Linear(4, 4)) for _ in range(3)))
    optimizer = OPTIMIZERS.parse("muon").for_model(model)
    (hidden,) = (group["params"] for group in optimizer.param_groups if group["orthogonal"])
    assert [id(weight) for weight in hidden] == [id(model[1].parametrizations.weight.original1)]
