"""The step of the learned optimizer: one small LSTM for every coordinate, with weights that come in a file."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from experiments.optimizers._rule import OneByOne

WEIGHTS = Path(__file__).with_name("learned_weights.json")
"""Written by ``python -m experiments.optimizers._learned_training``."""
HIDDEN = 20
_REACH = 10.0
"""Gradients below e^-10 are taken as they are (Andrychowicz et al., 2016, appendix A)."""
_SCALE = 0.1
"""The outputs of the network in units of a parameter, as in the paper."""

Memory = tuple[Tensor, Tensor]
Network = dict[str, Tensor]


class Learned(OneByOne):
    """Andrychowicz et al. (2016): the change of each parameter is what the network says of its past gradients."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, lr=lr)

    def move(self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """One step of the network for every entry of the parameter."""
        network = read(parameter.dtype, parameter.device)
        if not state:
            state["output"], state["cell"] = blank(parameter.numel(), parameter)
        change, memory = proposed(network, gradient.flatten(), (state["output"], state["cell"]))
        state["output"], state["cell"] = memory
        parameter.add_(change.reshape(parameter.shape), alpha=group["lr"])


def proposed(network: Network, gradients: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
    """The change of each parameter, of shape (n,), from its gradient and its memory, two tensors of (n, HIDDEN)."""
    output, cell = memory
    gates = _seen(gradients) @ network["input"].T + output @ network["hidden"].T + network["bias"]
    enter, stay, new, leave = gates.chunk(4, dim=1)
    cell = stay.sigmoid() * cell + enter.sigmoid() * new.tanh()
    output = leave.sigmoid() * cell.tanh()
    return _SCALE * (output @ network["readout"]), (output, cell)


def blank(n: int, like: Tensor) -> Memory:
    """The memory of n parameters before the first step."""
    return like.new_zeros(n, HIDDEN), like.new_zeros(n, HIDDEN)


def _seen(gradients: Tensor) -> Tensor:
    """Size and sign of each gradient, as two numbers from -1 to about 1 (appendix A)."""
    size = gradients.abs()
    large = size >= math.exp(-_REACH)
    first = torch.where(large, size.clamp(min=math.exp(-_REACH)).log() / _REACH, -torch.ones_like(size))
    second = torch.where(large, gradients.sign(), math.exp(_REACH) * gradients)
    return torch.stack([first, second], dim=1)


@cache
def read(dtype: torch.dtype, device: torch.device) -> Network:
    """The shipped network."""
    content = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: torch.tensor(values, dtype=dtype, device=device) for name, values in content.items()}
