"""Which tensors of a model an initializer fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

Fill = Callable[[Tensor], object]
"""Fills a tensor of shape (fan out, fan in, *kernel) in place."""
Place = tuple[int, int, int]
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
LAYERS = (nn.Linear, *CONVOLUTIONS, *RECURRENT)
_SETTLING = 15
"""Power iterations after which a spectral norm knows new weights; torch makes as many when it is put on."""


def initialize(
    model: nn.Module,
    fill: Fill,
    *,
    kernels: Fill | None = None,
    recurrent: Fill | None = None,
    forget_bias: float = 1.0,
) -> None:
    """Fill the weights of every linear, convolutional and recurrent layer, in order, and set their biases to zero.

    A weight that several layers share is filled once, as that of the first of them.

    Args:
        fill: what fills matrices, and everything that the other two are not named for.
        kernels: what fills the kernels of convolutions, one group at a time.
        recurrent: what fills the hidden-to-hidden matrices of recurrent layers, one gate at a time.
        forget_bias: the bias of an LSTM's forget gates.
    """
    filling = _Filling()
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, nn.Linear):
                filling.fill(layer, "weight", fill)
                _zero(layer.bias)
            elif isinstance(layer, CONVOLUTIONS):
                filling.fill(layer, "weight", kernels or fill, blocks=layer.groups)
                _zero(layer.bias)
            elif isinstance(layer, RECURRENT):
                _initialize_recurrent(layer, filling, fill, recurrent or fill, forget_bias)


def tensors_of(layer: nn.Module, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """The parameters of a recurrent layer whose names start so, in order."""
    for name, tensor in list(layer.named_parameters(recurse=False)):
        if name.startswith(prefix):
            yield name, tensor


def _initialize_recurrent(layer: nn.Module, filling: _Filling, fill: Fill, recurrent: Fill, forget_bias: float) -> None:
    for name, weight in tensors_of(layer, "weight_"):
        gates = 1 if name.startswith("weight_hr") else len(weight) // int(layer.hidden_size)  # type: ignore[arg-type]
        filling.fill(layer, name, recurrent if name.startswith("weight_hh") else fill, gates)
    for name, bias in tensors_of(layer, "bias_"):
        bias.zero_()
        # Torch adds two biases for every gate; the second stays zero. The gates stand in the order i, f, g, o.
        if name.startswith("bias_ih") and isinstance(layer, nn.LSTM | nn.LSTMCell):
            bias.chunk(4)[1].fill_(forget_bias)


class _Filling:
    """Fills weights, each place in memory once."""

    def __init__(self) -> None:
        self._filled: set[Place] = set()

    def fill(self, layer: nn.Module, name: str, fill: Fill, blocks: int = 1) -> None:
        """Fill a weight block by block; where it is computed from other tensors, these are set so that it comes out."""
        if self._filled.issuperset(_places(layer, name)):
            return
        weight: Tensor = getattr(layer, name).detach().clone()
        for block in weight.chunk(blocks):
            fill(block)
        if is_parametrized(layer, name):
            setattr(layer, name, weight)
            for _ in range(_SETTLING):
                getattr(layer, name)
        else:
            getattr(layer, name).copy_(weight)
        self._filled |= _places(layer, name)  # only now: setting a computed weight moves what it is computed from


def _places(layer: nn.Module, name: str) -> set[Place]:
    """Where in memory a weight stands, or what it is computed from."""
    held = [getattr(layer, name)]
    if is_parametrized(layer, name):
        held = list(layer.get_submodule(f"parametrizations.{name}").parameters())
    return {(one.untyped_storage().data_ptr(), one.storage_offset(), one.numel()) for one in held}


def _zero(bias: Tensor | None) -> None:
    if bias is not None:
        bias.zero_()
