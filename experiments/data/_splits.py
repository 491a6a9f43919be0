"""One split for all data sets: 70 % training, 15 % validation, 15 % test, stratified, and always the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from experiments.data._parts import Array, Parts, split

if TYPE_CHECKING:
    from experiments.data import Data

SPLIT_SEED = 0
"""The split never varies with the run's seed: results of different runs are about the same data."""


@dataclass(frozen=True)
class Arrays:
    """Inputs of shape (n, *shape) and targets, (n,) class numbers or (n, n_outputs) values, as they come."""

    inputs: Array
    targets: Array


@dataclass(frozen=True)
class Split:
    """One part of the data: inputs, float32, standardized; targets, int64 class numbers or float32 values."""

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Box:
    """The least and the greatest value of each feature or channel, in a shape that spreads over one example."""

    low: Tensor
    high: Tensor

    def hold(self, moved: Tensor, inputs: Tensor) -> Tensor:
        """Moved inputs, brought back into the box; where an input itself lies outside, only back to it.

        So what is moved by some distance is never held further away than that.
        """
        low, high = self.low.to(inputs), self.high.to(inputs)
        return moved.clamp(torch.minimum(low, inputs), torch.maximum(high, inputs))


@dataclass(frozen=True)
class Splits:
    """The three parts, and the mean and deviation of the raw training data that standardized them all."""

    train: Split
    validation: Split
    test: Split
    mean: Tensor
    scale: Tensor
    target_mean: Tensor | None = None
    target_scale: Tensor | None = None

    @cached_property
    def box(self) -> Box:
        """The range of the training inputs as the model sees them.

        Of each feature of a row; of each channel of a sequence or an image, because a pixel may be as bright as others.
        """
        inputs = self.train.inputs
        over = (0, *range(2, inputs.ndim))
        keep = inputs.ndim > 2
        low, high = inputs.amin(over, keepdim=keep), inputs.amax(over, keepdim=keep)
        return Box(low[0], high[0]) if keep else Box(low, high)

    def part(self, name: Literal["train", "validation", "test"]) -> Split:
        """The part of that name."""
        part: Split = getattr(self, name)
        return part


@lru_cache(maxsize=16)
def arrays(data: Data) -> Arrays:
    """The raw data, read once per process."""
    return data.load()


@lru_cache(maxsize=8)
def splits(data: Data, fold: int | None, folds: int, device: str) -> Splits:
    """The parts as tensors on ``device``, made once per process.

    Statistics for the standardization come from the training part alone. With ``fold``, training and validation parts
    are those of that fold of the data outside of the test part.
    """
    raw = arrays(data)
    rows = _parts(data, raw, fold, folds)
    axes = 0 if data.per_feature else None
    mean, scale = _statistics(raw.inputs[rows.train], axes)
    inputs = (raw.inputs - mean) / scale
    targets, center, spread = raw.targets, None, None
    if data.task == "regression":
        center, spread = _statistics(targets[rows.train], 0)
        targets = (targets - center) / spread
    return Splits(
        train=_split(inputs[rows.train], targets[rows.train], data.task, device),
        validation=_split(inputs[rows.validation], targets[rows.validation], data.task, device),
        test=_split(inputs[rows.test], targets[rows.test], data.task, device),
        mean=torch.as_tensor(mean, dtype=torch.float32),
        scale=torch.as_tensor(scale, dtype=torch.float32),
        target_mean=None if center is None else torch.as_tensor(center, dtype=torch.float32),
        target_scale=None if spread is None else torch.as_tensor(spread, dtype=torch.float32),
    )


def test_rows(data: Data) -> Arrays:
    """The raw test part, which is that of all folds."""
    raw = arrays(data)
    rows = _parts(data, raw, None, 1).test
    return Arrays(raw.inputs[rows], raw.targets[rows])


def _parts(data: Data, raw: Arrays, fold: int | None, folds: int) -> Parts:
    strata = raw.targets if data.task == "classification" else None
    return split(len(raw.targets), seed=SPLIT_SEED, fold=fold, folds=folds, strata=strata)


def _statistics(values: Array, axes: int | None) -> tuple[Array, Array]:
    """Mean and standard deviation; what does not vary is only centered."""
    mean, scale = values.mean(axis=axes), values.std(axis=axes)
    return mean, np.where(scale > 0, scale, 1.0)


def _split(inputs: Array, targets: Array, task: str, device: str) -> Split:
    dtype = torch.int64 if task == "classification" else torch.float32
    return Split(
        torch.as_tensor(inputs, dtype=torch.float32, device=device),
        torch.as_tensor(targets, dtype=dtype, device=device),
    )
