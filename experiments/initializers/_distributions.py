"""Draws of distributions with mean 0 and variance 1, scaled to the size of a layer."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

_TRUNCATED_STD = 0.8796256610342398
"""Standard deviation of the standard normal distribution without what lies beyond ±2."""


def variance_scaling_(weight: Tensor, distribution: str, scale: float, mode: str, df: float) -> Tensor:
    """Fill a weight of shape (fan out, fan in, *kernel) with draws of mean 0 and variance ``scale / fan``."""
    draws = _student_t(weight, df) if distribution == "student_t" else _STANDARD[distribution](weight)
    return weight.copy_(draws).mul_(math.sqrt(scale / _fan(weight, mode)))


def _fan(weight: Tensor, mode: str) -> float:
    kernel = weight[0, 0].numel()
    fan_in, fan_out = weight.shape[1] * kernel, weight.shape[0] * kernel
    return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]


def _uniform(like: Tensor) -> Tensor:
    bound = math.sqrt(3)
    return torch.empty_like(like).uniform_(-bound, bound)


def _truncated_normal(like: Tensor) -> Tensor:
    return nn.init.trunc_normal_(torch.empty_like(like), a=-2.0, b=2.0) / _TRUNCATED_STD


def _laplace(like: Tensor) -> Tensor:
    """The difference of two exponential variables has variance 2."""
    draws = torch.empty_like(like).exponential_() - torch.empty_like(like).exponential_()
    return draws / math.sqrt(2)


def _student_t(like: Tensor, df: float) -> Tensor:
    """Student's t has variance df / (df - 2)."""
    draws = torch.distributions.StudentT(df).sample(like.shape).to(like)
    return draws * math.sqrt((df - 2) / df)


def _logistic(like: Tensor) -> Tensor:
    """The quantiles of uniform draws; the logistic distribution has variance π²/3."""
    eps = torch.finfo(like.dtype).eps
    draws = torch.empty_like(like).uniform_(eps, 1 - eps).logit()
    return draws * math.sqrt(3) / math.pi


def _rademacher(like: Tensor) -> Tensor:
    return torch.empty_like(like).bernoulli_(0.5).mul_(2).sub_(1)


_STANDARD: dict[str, Callable[[Tensor], Tensor]] = {
    "normal": torch.randn_like,
    "uniform": _uniform,
    "truncated_normal": _truncated_normal,
    "laplace": _laplace,
    "logistic": _logistic,
    "rademacher": _rademacher,
}
