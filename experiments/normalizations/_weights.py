"""Which layers get another form of their weights."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def reparametrize(network: nn.Module, form: Callable[[nn.Module], object]) -> None:
    """Give every linear and convolutional layer the form; what was drawn into the weights is what it starts from."""
    for layer in list(network.modules()):
        if isinstance(layer, _LAYERS):
            form(layer)
