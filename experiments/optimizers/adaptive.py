"""Optimizers that scale each parameter's step by the size of its past gradients."""

from __future__ import annotations

from typing import Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.optimizers import OPTIMIZERS, Optimizer


@OPTIMIZERS.add
class Adagrad(Optimizer):
    """Divides by the root of the sum of all squared gradients (Duchi, Hazan & Singer, 2011)."""

    target = "torch.optim:Adagrad"
    name: Literal["adagrad"] = "adagrad"
    lr: float = hp(1e-2, gt=0, search=log_uniform(1e-3, 1.0), help="Base learning rate.")
    lr_decay: float = hp(0.0, ge=0, help="The rate is divided by 1 + lr_decay · (step - 1).")
    initial_accumulator_value: float = hp(0.0, ge=0, search=uniform(0.0, 0.1), help="Start of the sum of squares.")
    eps: float = hp(1e-10, gt=0, help="Added to the denominator.")


@OPTIMIZERS.add
class RMSprop(Optimizer):
    """Divides by the root of a moving average of squared gradients (Tieleman & Hinton, 2012; centered: Graves, 2013).

    It has no momentum unless asked for.
    """

    target = "torch.optim:RMSprop"
    name: Literal["rmsprop"] = "rmsprop"
    lr: float = hp(1e-3, gt=0, search=log_uniform(1e-5, 1e-1), help="Base learning rate.")
    alpha: float = hp(0.99, ge=0, lt=1, search=uniform(0.9, 0.999), help="Share of the last average that stays.")
    momentum: float = hp(0.0, ge=0, lt=1, search=uniform(0.0, 0.95), help="Momentum of the scaled step.")
    centered: bool = hp(False, search=choice(False, True), help="Divide by the standard deviation instead.")
    eps: float = hp(1e-8, gt=0, help="Added to the denominator.")
