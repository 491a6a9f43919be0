"""Muon's step and AdamW's, in one optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn.utils.parametrize import ParametrizationList
from torch.optim import Optimizer as TorchOptimizer

from experiments.optimizers import Optimizer
from experiments.optimizers import _build as build
from experiments.optimizers._build import spared
from experiments.optimizers._groups import Options, layers, trainable
from experiments.optimizers._rule import Rule, States, Tensors, decay, kept, moments, roots

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_TINY = 1e-30
_BETAS, _EPS = (0.9, 0.999), 1e-8
_EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)


class Muon(Rule):
    """Groups with ``orthogonal`` take Muon's steps, the others AdamW's with the usual averages."""

    def __init__(self, params: Any, lr: float, momentum: float, scale: str, polish: bool, weight_decay: float) -> None:
        super().__init__(
            params, lr=lr, momentum=momentum, scale=scale, polish=polish, weight_decay=weight_decay, orthogonal=False
        )

    def update(self, parameters: Tensors, gradients: Tensors, states: States, group: dict[str, Any]) -> None:
        """One step of the group's kind."""
        decay(parameters, group)
        if group["orthogonal"]:
            velocities = kept(states, "velocity", gradients)
            torch._foreach_mul_(velocities, group["momentum"])
            torch._foreach_add_(velocities, gradients)
            ahead = torch._foreach_add(gradients, velocities, alpha=group["momentum"])
            for parameter, direction in zip(parameters, ahead, strict=True):
                step = orthogonalized(direction.flatten(1), group["polish"])
                parameter.sub_(step.reshape(parameter.shape), alpha=group["lr"] * _scale(step, group["scale"]))
        else:
            means, squares = moments(states, gradients, _BETAS)
            torch._foreach_addcdiv_(parameters, means, roots(squares, _EPS), -group["lr"])


def orthogonalized(matrix: Tensor, polish: bool) -> Tensor:
    """U S Vᵀ with singular values S near 1, from U Σ Vᵀ, by five Newton-Schulz steps (Jordan et al., 2024).

    They leave S in [0.68, 1.2]; a cubic step more (``polish``) brings it to [0.86, 1]. Where a singular value is less
    than a thousandth of the norm, that of the step stays smaller.
    """
    a, b, c = _COEFFICIENTS
    tall = len(matrix) > matrix.shape[1]
    wide = matrix.T if tall else matrix
    wide = wide / wide.norm().clamp(min=_TINY)
    for _ in range(5):
        gram = wide @ wide.T
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    if polish:
        wide = 1.5 * wide - 0.5 * wide @ wide.T @ wide
    result: Tensor = wide.T if tall else wide
    return result


def _scale(step: Tensor, kind: str) -> float:
    rows, columns = step.shape
    return float(max(1.0, rows / columns) ** 0.5 if kind == "original" else 0.2 * max(rows, columns) ** 0.5)


def for_model(
    component: Optimizer, model: nn.Module, partner_rate: float, taken: Mapping[Parameter, Options] | None
) -> TorchOptimizer:
    """Muon on the weights between the first layer and the last, AdamW at ``partner_rate`` on the rest."""
    gains = _gains(model)
    among = {**trainable(model), **(taken or {})}
    weights = [weight for layer in layers(model, among) for weight in layer if weight.ndim > 1 and weight not in gains]
    looked_up = {
        weight for module in model.modules() if isinstance(module, _EMBEDDINGS) for weight in module.parameters()
    }
    hidden = set(weights[1:-1]) - looked_up
    decays = spared(component)

    def options(parameter: Parameter) -> Options:
        muon = parameter in hidden
        partner = {} if muon else {"partner": True, "lr_scale": partner_rate / component.lr}
        return {**decays(parameter), "orthogonal": muon, **partner}

    return build.for_model(component, model, taken, options)


def _gains(model: nn.Module) -> set[Parameter]:
    """The lengths that weight normalization keeps beside the directions: one number for each unit, but two sides."""
    lists = [module for module in model.modules() if isinstance(module, ParametrizationList)]
    first = [getattr(parts, "original0", None) for parts in lists]
    return {gain for gain in first if isinstance(gain, Parameter)}
