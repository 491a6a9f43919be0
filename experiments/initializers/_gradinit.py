"""Factors of the weights, learned so that the first step reduces the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from experiments import seeding

_SMALLEST = 0.01
"""The least factor, as in the paper: a weight never vanishes."""
Loss = Callable[[nn.Module, Any], Tensor]


def gradinit(
    model: nn.Module,
    batches: Iterable[Any],
    loss: Loss,
    optimizer: str,
    eta: float,
    gamma: float,
    tau: float,
    steps: int,
) -> None:
    """Multiply each weight of ``model`` (each parameter of two or more dimensions) by a positive factor, in place."""
    model.train()
    first_step = _FirstStep(model, loss, optimizer, eta)
    if not first_step.scaled:
        return
    shown = list(islice(batches, steps + 1))
    factors = torch.ones(len(first_step.scaled), requires_grad=True)
    learner = torch.optim.Adam([factors], lr=tau)
    start, found = first_step.measure(factors, _pair(shown, 0)), factors.detach().clone()
    best = _rank(start, start, gamma)
    for step in range(steps):
        norm, after = first_step.run(factors, _pair(shown, step))
        (factors.grad,) = torch.autograd.grad(norm if norm > gamma else after, factors)
        if not factors.grad.isfinite().all():
            break
        learner.step()
        factors.data.clamp_(min=_SMALLEST)
        rank = _rank(first_step.measure(factors, _pair(shown, 0)), start, gamma)
        if rank < best:
            best, found = rank, factors.detach().clone()
    first_step.scale(found)


def _pair(shown: Sequence[Any], step: int) -> tuple[Any, Any]:
    """A batch and its successor, of which the step's loss is measured, so that half of the examples are new to it."""
    return shown[step % len(shown)], shown[(step + 1) % len(shown)]


def _rank(found: tuple[float, float], start: tuple[float, float], gamma: float) -> tuple[bool, bool, float]:
    """Less is better: no more loss than at the start, then a gradient within the bound, then the least loss."""
    norm, after = found
    return not after <= start[1], not norm <= gamma, after


class _FirstStep(nn.Module):
    """The model's first step as a function of the factors of its weights."""

    def __init__(self, model: nn.Module, loss: Loss, optimizer: str, eta: float) -> None:
        super().__init__()
        self._model = model
        self._loss = loss
        self._sign = optimizer == "adam"
        self._eta = eta
        self.weights = {name: value for name, value in self.named_parameters() if value.requires_grad}
        self.scaled = [name for name, value in self.weights.items() if value.ndim > 1]

    def forward(self, batch: Any) -> Tensor:
        """The loss of a batch; what is random in it, such as dropout, is the same every time."""
        with seeding.preserved():
            return self._loss(self._model, batch)

    def run(self, factors: Tensor, pair: tuple[Any, Any]) -> tuple[Tensor, Tensor]:
        """The gradient's norm on the first batch, and the mean loss of both after a step along it."""
        scaled = self._times(factors)
        loss = functional_call(self, scaled, (pair[0],))
        gradients = torch.autograd.grad(loss, list(scaled.values()), create_graph=True, materialize_grads=True)
        stepped = {
            name: value - self._eta * (gradient.sign() if self._sign else gradient)
            for (name, value), gradient in zip(scaled.items(), gradients, strict=True)
        }
        after = sum(functional_call(self, stepped, (batch,)) for batch in pair) / 2
        return torch.cat([gradient.flatten() for gradient in gradients]).norm(1 if self._sign else 2), after

    def measure(self, factors: Tensor, pair: tuple[Any, Any]) -> tuple[float, float]:
        """What ``run`` gives, as numbers."""
        norm, after = self.run(factors, pair)
        return norm.item(), after.item()

    def scale(self, factors: Tensor) -> None:
        """Multiply the weights for good."""
        with torch.no_grad():
            for name, value in self._times(factors).items():
                self.weights[name].copy_(value)

    def _times(self, factors: Tensor) -> dict[str, Tensor]:
        own = dict(zip(self.scaled, factors.to(next(iter(self.weights.values())).device), strict=True))
        return {name: value * own[name] if name in own else value for name, value in self.weights.items()}
