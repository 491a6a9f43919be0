"""Objectives that train on inputs moved against the model, and how such inputs are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from experiments.regularizers.roles import Objective

_BatchNorm = nn.modules.batchnorm._BatchNorm
Hold = Callable[[Tensor, Tensor], Tensor]
"""Brings moved inputs back into the range of the data; the second argument are those that were moved."""


def fgsm(inner: Objective, network: nn.Module, hold: Hold, eps: float, mix: float) -> Objective:
    """(1 - mix) · inner(x) + mix · inner(hold(x + eps · sign(∇ inner(x))))."""

    def objective(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        def loss(moved: Tensor) -> Tensor:
            return inner(moved, targets)[0]

        with statistics_kept(network):
            moved = hold(inputs + eps * gradient(loss, inputs).sign(), inputs)
        return _mixture(inner, inputs, moved, targets, mix)

    return objective


def pgd(inner: Objective, network: nn.Module, hold: Hold, eps: float, steps: int, step: float, mix: float) -> Objective:
    """(1 - mix) · inner(x) + mix · inner(x'), x' from ``steps`` steps of ascent of size ``step`` · eps."""

    def objective(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        def loss(moved: Tensor) -> Tensor:
            return inner(moved, targets)[0]

        with statistics_kept(network):
            start = (2 * torch.rand_like(inputs) - 1) * eps
            moved = climb(loss, inputs, start, hold, eps, steps, step * eps)
        return _mixture(inner, inputs, moved, targets, mix)

    return objective


def trades(
    inner: Objective, network: nn.Module, hold: Hold, eps: float, beta: float, steps: int, step: float
) -> Objective:
    """inner(x) + beta · KL(p(x) ‖ p(x')), with x' from ascent of that divergence."""

    def objective(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        def divergence(moved: Tensor) -> Tensor:
            return _divergence(clean, inner(moved, targets)[1])

        with statistics_kept(network):
            with torch.no_grad():
                clean = inner(inputs, targets)[1]
            start = (0.001 * torch.randn_like(inputs)).clamp(-eps, eps)
            moved = climb(divergence, inputs, start, hold, eps, steps, step * eps)
        loss, outputs = inner(inputs, targets)
        return loss + beta * _divergence(outputs, inner(moved, targets)[1]), outputs

    return objective if beta else inner


def gradient(loss: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """That of the loss by the inputs; those of the weights are not touched."""
    inputs = inputs.detach().requires_grad_()
    return torch.autograd.grad(loss(inputs), inputs)[0]


def climb(
    loss: Callable[[Tensor], Tensor], inputs: Tensor, start: Tensor, hold: Hold, eps: float, steps: int, step: float
) -> Tensor:
    """Inputs within ``eps`` of the given ones, entry by entry, after signed steps that raise the loss.

    ``start`` is the first offset. Every point on the way is held in the range of the data.
    """
    moved = hold(inputs + start, inputs)
    for _ in range(steps):
        offset = (moved - inputs + step * gradient(loss, moved).sign()).clamp(-eps, eps)
        moved = hold(inputs + offset, inputs)
    return moved


@contextmanager
def statistics_kept(network: nn.Module) -> Iterator[None]:
    """Inside, batch norm uses the batch's own statistics and does not add them to its running ones."""
    layers = [layer for layer in network.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True


def _mixture(inner: Objective, inputs: Tensor, moved: Tensor, targets: Tensor, mix: float) -> tuple[Tensor, Tensor]:
    """The loss of both, by their shares; the outputs are those of the plain inputs if they have a share."""
    if mix == 1.0:
        return inner(moved, targets)
    loss, outputs = inner(inputs, targets)
    return (1 - mix) * loss + mix * inner(moved, targets)[0], outputs


def _divergence(clean: Tensor, moved: Tensor) -> Tensor:
    """KL(softmax(clean) ‖ softmax(moved)), the mean of the batch."""
    return functional.kl_div(moved.log_softmax(1), clean.log_softmax(1), log_target=True, reduction="batchmean")
