"""AdaHessian and Sophia: the diagonal they estimate, and their papers' steps with the probes given (float64)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.optimizers import OPTIMIZERS
from experiments.train import train
from tests.support.training.laws import law
from tests.support.training.stepwise import STEPS, State, take_step

SHAPES = [(4, 5), (3, 2, 2, 2), (3,)]


class Coupled(nn.Module):
    """A loss that is not quadratic, whose Hessian is not diagonal, tilted anew in each step."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.w = nn.ParameterList(torch.randn(shape, dtype=torch.float64, generator=generator) for shape in SHAPES)
        self.tilts = torch.randn(STEPS + 1, 47, dtype=torch.float64, generator=generator)

    def forward(self, t: int) -> Tensor:
        flat = torch.cat([parameter.flatten() for parameter in self.w])
        return (flat**2).sum() + (flat**4).sum() / 10 + (flat[1:] * flat[:-1]).sum() / 2 + self.tilts[t] @ flat

    def derivatives(self, w: list[Tensor], t: int, probes: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """The gradient, and the Hessian times the probes, both by hand."""
        flat, probe = (torch.cat([part.flatten() for part in parts]) for parts in (w, probes))
        found = []
        for slope, bend in ((2 * flat + 0.4 * flat**3 + self.tilts[t], flat), ((2 + 1.2 * flat**2) * probe, probe)):
            beside = torch.zeros_like(flat)
            beside[1:] += bend[:-1] / 2
            beside[:-1] += bend[1:] / 2
            parts = (slope + beside).split([part.numel() for part in w])
            found.append([part.reshape(like.shape) for part, like in zip(parts, w, strict=True)])
        return found[0], found[1]


def adahessian(w: Tensor, g: Tensor, d: Tensor | None, t: int, s: State) -> Tensor:
    if d is not None:
        d = d.mean((2, 3), keepdim=True).expand_as(d) if d.ndim == 4 else d
        s["n"] = s.get("n", 0) + 1
        s["v"] = 0.95 * s.get("v", 0.0) + 0.05 * d**2
    s["m"] = 0.8 * s.get("m", 0.0) + 0.2 * g
    denominator = (s["v"] / (1 - 0.95 ** s["n"])).sqrt() ** 0.7 + 1e-4
    return (w * (1 - 0.05 * 0.3) if w.ndim > 1 else w) - 0.05 * s["m"] / (1 - 0.8**t) / denominator


def sophia(w: Tensor, g: Tensor, d: Tensor | None, t: int, s: State) -> Tensor:
    if d is not None:
        s["h"] = 0.95 * s.get("h", 0.0) + 0.05 * d
    s["m"] = 0.8 * s.get("m", 0.0) + 0.2 * g
    step = (s["m"] / (0.5 * s["h"]).clamp(min=1e-12)).clamp(-1, 1)
    return (w * (1 - 0.05 * 0.3) if w.ndim > 1 else w) - 0.05 * step


OWN: dict[str, dict[str, Any]] = {"adahessian": {"hessian_power": 0.7}, "sophia": {"gamma": 0.5}}


@law("optimizer.adahessian", "optimizer.sophia")
@pytest.mark.parametrize("period", [1, 3])
@pytest.mark.parametrize("rule", [adahessian, sophia])
def test_every_step_is_that_of_the_formula(rule: Callable[..., Tensor], period: int) -> None:
    model, name = Coupled(), rule.__name__
    fields = {"name": name, "lr": 0.05, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.3, **OWN[name]}
    optimizer: Any = OPTIMIZERS.parse({**fields, "update_period": period}).for_model(model)
    w = [parameter.detach().clone() for parameter in model.w]
    states: list[State] = [{} for _ in w]
    torch.manual_seed(5)
    for t in range(1, STEPS + 1):
        # The optimizer has two groups: the tensors with decay first, as here.
        drawn = torch.get_rng_state()
        probes = [optimizer.probe(parameter) for parameter in w] if t % period == 1 % period else None
        g, products = model.derivatives(w, t, probes or w)
        for i, state in enumerate(states):
            w[i] = rule(w[i], g[i], probes[i] * products[i] if probes else None, t, state)
        torch.set_rng_state(drawn)
        take_step(optimizer, lambda t=t: model(t))
        for parameter, expected in zip(model.w, w, strict=True):
            torch.testing.assert_close(parameter.detach(), expected, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("name", "exact"), [("adahessian", True), ("sophia", False)])
def test_the_estimate_is_the_diagonal(name: str, exact: bool) -> None:
    """Exactly so with signs on a diagonal Hessian; on average with normal probes, and on any Hessian."""
    torch.manual_seed(0)
    w = nn.ParameterList([torch.randn(6, dtype=torch.float64)])
    curvature = torch.arange(1.0, 7.0, dtype=torch.float64)
    optimizer: Any = OPTIMIZERS.parse(name).for_model(w)
    draws = []
    for _ in range(1 if exact else 2000):
        optimizer.backward((curvature * w[0] ** 2).sum() / 2)
        draws.append(optimizer._estimates.pop(w[0]))
    torch.testing.assert_close(torch.stack(draws).mean(0), curvature, rtol=1e-12 if exact else 0.12, atol=0.0)


def test_estimates_of_accumulated_batches_add_up() -> None:
    w = nn.ParameterList([torch.ones(2, dtype=torch.float64)])
    optimizer: Any = OPTIMIZERS.parse("adahessian").for_model(w)
    for scale in (1.0, 2.0):
        optimizer.backward(scale * (w[0] ** 2).sum())
    torch.testing.assert_close(optimizer._estimates[w[0]], torch.full((2,), 6.0, dtype=torch.float64))
    torch.testing.assert_close(w[0].grad, torch.full((2,), 6.0, dtype=torch.float64))
    assert not w[0].grad.requires_grad


@pytest.mark.parametrize("joins", [False, True])
@pytest.mark.parametrize("name", ["adahessian", "sophia"])
def test_a_parameter_whose_first_gradient_comes_between_two_estimates_waits_for_the_next(
    name: str, joins: bool
) -> None:
    """In the optimizer from the start, or as a group that joins it."""
    w = nn.ParameterList([torch.ones(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)])
    declared = OPTIMIZERS.parse({"name": name, "update_period": 3, "weight_decay": 0.0})
    optimizer: Any = declared.for_model(w[:1] if joins else w)
    moved = []
    for t in range(1, 5):
        if joins and t == 2:
            optimizer.add_param_group({"params": [w[1]]})
        before = w[1].detach().clone()
        take_step(optimizer, lambda t=t: (w[0] ** 2).sum() + ((w[1] ** 2).sum() if t > 1 else 0.0))
        moved.append(not torch.equal(w[1].detach(), before))
    assert moved == [False, False, False, True]


def test_gradients_that_another_backward_computed_are_refused() -> None:
    w = nn.ParameterList([torch.ones(2)])
    w[0].sum().backward()
    with pytest.raises(RuntimeError, match=r"call its backward\(loss\), not loss.backward"):
        OPTIMIZERS.parse("sophia").for_model(w).step()


@pytest.mark.parametrize("name", ["adahessian", "sophia"])
def test_a_run_on_images_with_clipping_and_penalties_learns(
    name: str, small: Callable[..., ExperimentConfig], tmp_path: Path, reporter_class: Any
) -> None:
    """Neither changes what the curvature is computed from, so both may change gradients in place."""
    config = small(
        epochs=2,
        batch_size=64,
        data="digits",
        model={"name": "cnn", "channels": [4]},
        optimizer=name,
        regularizers={"clip_norm": {"bound": 1.0}, "l2": {}},
    )
    reporter = reporter_class()
    train(config, reporter, tmp_path)
    assert reporter.curve("train_loss")[-1] < 0.6 * reporter.curve("train_loss")[0]
