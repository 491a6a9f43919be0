"""The recurrent network as a torch module."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from experiments.models._mlp import MLP
from experiments.models._parts import Parts

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {
    "rnn_tanh": partial(nn.RNN, nonlinearity="tanh"),
    "rnn_relu": partial(nn.RNN, nonlinearity="relu"),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


class RNN(nn.Module):
    """Maps examples of shape (channels, length) or (channels, height, width) to (batch, n_outputs)."""

    def __init__(
        self,
        shape: tuple[int, ...],
        n_outputs: int,
        parts: Parts,
        cell: str,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dense: Sequence[int],
    ) -> None:
        super().__init__()
        self._hidden = hidden
        channels, _, *rest = shape
        width, wider = channels * math.prod(rest), hidden * (2 if bidirectional else 1)
        widths = [width, *[wider] * (layers - 1)]
        make = partial(_CELLS[cell], hidden_size=hidden, batch_first=True, bidirectional=bidirectional)
        self.cells = nn.ModuleList(make(width) for width in widths)
        self.behind = nn.ModuleList(_behind(parts, wider) for _ in widths)
        self.head = MLP((wider,), n_outputs, parts, dense)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits or values of shape (batch, n_outputs)."""
        states = inputs.movedim(2, 1).flatten(2)  # (batch, time, features)
        for cell, behind in zip(self.cells, self.behind, strict=True):
            states = behind(cell(states)[0])
        outputs: Tensor = self.head(self._last(states))
        return outputs

    def _last(self, states: Tensor) -> Tensor:
        """The state that has seen everything: forwards that of the last step, backwards that of the first."""
        return torch.cat([states[:, -1, : self._hidden], states[:, 0, self._hidden :]], dim=1)


class _EachStep(nn.Module):
    """A normalization of the state of each step by itself; batch norm's statistics are over the batch and all steps."""

    def __init__(self, normalization: nn.Module) -> None:
        super().__init__()
        self.normalization = normalization

    def forward(self, states: Tensor) -> Tensor:
        """In the shape of the states, (batch, time, features)."""
        outputs: Tensor = self.normalization(states.flatten(0, 1)).reshape(states.shape)
        return outputs


def _behind(parts: Parts, width: int) -> nn.Sequential:
    """What stands behind a recurrent layer: the normalization and the extras, but no activation."""
    normalization = parts.normalization(width, 0)
    return nn.Sequential(*([_EachStep(normalization)] if normalization else []), *parts.extras(0))
