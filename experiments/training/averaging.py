"""The average of a run's weights: kept beside them, and in their place while the module is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from experiments.regularizers import Regularizer
from experiments.regularizers.roles import WeightAverage

_BatchNorm = nn.modules.batchnorm._BatchNorm


class Averaging:
    """Averages weights and buffers as a regularizer says; does nothing if none does.

    Numbers are averaged, in float32 or better: in fewer bits a small share of a difference would be rounded away. What
    only counts or marks is taken over as it is.
    """

    def __init__(self, regularizers: Iterable[Regularizer]) -> None:
        self._regularizer = next((each for each in regularizers if isinstance(each, WeightAverage)), None)
        self._per = self._regularizer.averages if self._regularizer else ""
        self._n = 0
        self._average: dict[str, Tensor] = {}
        self._own: dict[str, Tensor] = {}

    def after_step(self, module: pl.LightningModule, done: float) -> None:
        """The optimizer has made a step; ``done`` is the share of the run that is behind it."""
        if self._per == "step":
            self._add(module, done)

    def before_judging(
        self, module: pl.LightningModule, done: float, batches: Iterable[Any], *, ends_epoch: bool = True
    ) -> None:
        """Put the average in the place of the weights, if there is one; ``batches`` are those of the training."""
        if self._per == "epoch" and ends_epoch:
            self._add(module, done)
        if self._n == 0:
            return
        weights = module.state_dict()
        self._prepare(weights)
        _copy(weights, self._own)
        _copy(self._average, weights)
        if self._regularizer is not None and self._regularizer.fresh_statistics and ends_epoch:
            measure_statistics(module, batches)
            _copy({name: value for name, value in module.named_buffers() if name in weights}, self._average)

    def after_judging(self, module: pl.LightningModule) -> None:
        """Put the weights back."""
        if self._n:
            _copy(self._own, module.state_dict())

    def weights(self, module: pl.LightningModule) -> dict[str, Tensor]:
        """What the module was judged with."""
        return self._average if self._n else module.state_dict()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs."""
        return {"n": self._n, "average": self._average}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        self._n, self._average = state_dict["n"], state_dict["average"]

    def _add(self, module: pl.LightningModule, done: float) -> None:
        assert self._regularizer is not None  # noqa: S101 - ``_per`` says so
        share = self._regularizer.share(self._n + 1, done)
        if share == 0.0:
            return
        weights = module.state_dict()
        self._prepare(weights)
        with torch.inference_mode(False), torch.no_grad():
            numbers = {name: _exact(weight) for name, weight in weights.items() if weight.is_floating_point()}
            if numbers:
                torch._foreach_lerp_([self._average[name] for name in numbers], list(numbers.values()), share)
            _copy({name: weight for name, weight in weights.items() if name not in numbers}, self._average)
        self._n += 1

    @torch.inference_mode(False)
    def _prepare(self, weights: dict[str, Tensor]) -> None:
        """Room for the average, where the weights are; made once, and not in inference mode, which would freeze it."""
        if not self._own:
            saved = self._average or weights
            self._average = {name: _exact(saved[name].to(weight.device)).clone() for name, weight in weights.items()}
            self._own = {name: weight.clone() for name, weight in weights.items()}


def _exact(weight: Tensor) -> Tensor:
    """A number of few bits in float32; everything else as it is."""
    return weight.float() if weight.dtype in (torch.bfloat16, torch.float16) else weight


def measure_statistics(module: pl.LightningModule, batches: Iterable[Any]) -> None:
    """Set batch norm's running statistics to the mean of those of all batches; nothing else is in training mode."""
    layers = [layer for layer in module.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]
    if not layers:
        return
    with _cumulative(layers), torch.no_grad():
        for inputs, _ in batches:
            module(inputs)


@contextmanager
def _cumulative(layers: list[_BatchNorm]) -> Iterator[None]:
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
            layer.eval()


def _copy(source: dict[str, Tensor], target: dict[str, Tensor]) -> None:
    if source:
        with torch.no_grad():
            torch._foreach_copy_([target[name] for name in source], list(source.values()))
