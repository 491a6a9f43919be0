"""Copies within a model stay copies when its weights are drawn: momentum encoders, target networks, kept averages."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

Pair = tuple[Tensor, Tensor]
"""A tensor, and the one that takes its values over."""


@contextmanager
def twins_kept(model: nn.Module, leading: Collection[Tensor] = ()) -> Iterator[None]:
    """Let what is equal before the block be equal after it, whatever the block does to the weights.

    Twins are submodules of equal structure with bit-equal parameters, of which something was drawn, and single
    parameters and buffers that are bit-equal and drawn. All take the values of one of them: of one in ``leading``,
    otherwise of one that is trained, otherwise of the first.
    """
    pairs = list(_pairs(model, {id(tensor) for tensor in leading}))
    yield
    with torch.no_grad():
        for leader, twin in pairs:
            twin.copy_(leader)


def is_drawn(tensor: Tensor) -> bool:
    """Whether the values may be random: they are not all the same, nor one value among zeros, as an identity is."""
    if is_lazy(tensor) or tensor.is_meta or not tensor.is_floating_point() or tensor.layout != torch.strided:
        return False
    values = tensor.detach().flatten()
    first = values[:2].tolist()
    if len(first) == 2 and all(first) and first[0] != first[1]:
        return True  # as it mostly is; to look at all values takes ten times as long
    values = values[values != 0]
    return bool(values.numel()) and bool((values != values[0]).any())


def _pairs(model: nn.Module, leading: Collection[int]) -> Iterator[Pair]:
    known = _Known()
    drawn = [tensor for tensor in (*model.parameters(), *model.buffers()) if known.drawn(tensor)]
    if len(set(map(_glimpse, drawn))) == len(drawn):
        return  # no two are equal, as it mostly is; to read all values of a large model takes a second
    groups: dict[Any, list[Sequence[Tensor]]] = {}
    for tensor in drawn:
        groups.setdefault(known.key(tensor), []).append([tensor])
    for part in model.modules():
        parameters = list(part.parameters())
        if any(map(known.drawn, parameters)):
            structure = tuple((name, type(child)) for name, child in part.named_modules())
            key = (structure, tuple(map(known.key, parameters)))
            groups.setdefault(key, []).append([*parameters, *part.buffers()])
    for twins in groups.values():
        leader = max(twins, key=lambda tensors: _rank(tensors, leading))  # of equal ones the first
        for twin in twins:
            pairs = zip(leader, twin, strict=False)
            yield from ((one, other) for one, other in pairs if one is not other and known.key(one) == known.key(other))


def _rank(tensors: Sequence[Tensor], leading: Collection[int]) -> tuple[bool, bool]:
    return any(id(tensor) in leading for tensor in tensors), any(tensor.requires_grad for tensor in tensors)


class _Known:
    """What is known of tensors, looked at once each."""

    def __init__(self) -> None:
        self._keys: dict[int, Any] = {}
        self._drawn: dict[int, bool] = {}

    def key(self, tensor: Tensor) -> Any:
        """Equal for tensors that are bit-equal."""
        if id(tensor) not in self._keys:
            self._keys[id(tensor)] = _key(tensor)
        return self._keys[id(tensor)]

    def drawn(self, tensor: Tensor) -> bool:
        if id(tensor) not in self._drawn:
            self._drawn[id(tensor)] = is_drawn(tensor)
        return self._drawn[id(tensor)]


def _glimpse(tensor: Tensor) -> Any:
    """Equal for tensors that are bit-equal, and for few others; of one that is drawn."""
    return tensor.shape, tensor.dtype, *map(repr, tensor.detach().flatten()[:4].tolist())


def _key(tensor: Tensor) -> Any:
    if is_lazy(tensor) or tensor.is_meta or tensor.layout != torch.strided:
        return id(tensor)  # it has no values yet, or none that are bytes
    values = tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    return tensor.shape, tensor.dtype, hashlib.blake2b(values.tobytes(), digest_size=16).digest()
