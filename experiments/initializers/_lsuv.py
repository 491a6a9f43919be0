"""Layer-sequential unit variance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from experiments.initializers._apply import CONVOLUTIONS

_LAYERS = (nn.Linear, *CONVOLUTIONS)
Loss = Callable[[nn.Module, Any], Tensor]


def lsuv(model: nn.Module, batches: Iterable[Any], loss: Loss, tol: float, max_iter: int, n_batches: int) -> None:
    """Scale the layers of ``model`` in place, in the order in which it runs them."""
    model.eval()
    shown = list(islice(batches, n_batches))
    with torch.no_grad():
        for layer in _in_order(model, shown[:1], loss):
            for _ in range(max_iter):
                deviation = _outputs(model, layer, shown, loss).std().item()
                if abs(deviation - 1) <= tol or not 0 < deviation < float("inf"):
                    break
                _divide(layer, deviation)


def _in_order(model: nn.Module, shown: Sequence[Any], loss: Loss) -> list[nn.Module]:
    """The layers in the order of their first call, which need not be that of their making."""
    called: dict[nn.Module, None] = {}
    layers = [layer for layer in model.modules() if isinstance(layer, _LAYERS) and _is_trained(layer)]
    hooks = [layer.register_forward_hook(lambda layer, *_: called.setdefault(layer)) for layer in layers]
    _run(model, shown, loss, hooks)
    return list(called)


def _is_trained(layer: nn.Module) -> bool:
    return any(weight.requires_grad for weight in layer.parameters() if weight.ndim > 1)


def _outputs(model: nn.Module, layer: nn.Module, shown: Sequence[Any], loss: Loss) -> Tensor:
    seen: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _layer, _inputs, output: seen.append(output.double().flatten()))
    _run(model, shown, loss, [hook])
    return torch.cat(seen)


def _run(model: nn.Module, shown: Sequence[Any], loss: Loss, hooks: Iterable[Any]) -> None:
    for batch in shown:
        loss(model, batch)
    for hook in hooks:
        hook.remove()


def _divide(layer: nn.Module, deviation: float) -> None:
    """Scale a weight; one that is computed from other tensors is set through them."""
    weight: Tensor = layer.weight  # type: ignore[assignment]
    if is_parametrized(layer, "weight"):
        layer.weight = weight / deviation
    else:
        weight.div_(deviation)
