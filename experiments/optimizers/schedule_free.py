"""Optimizers that average their iterates in the place of a schedule."""

from __future__ import annotations

from typing import Literal

from experiments.component import hp, log_uniform, uniform
from experiments.optimizers import AVERAGE, OPTIMIZERS, POSITIVE_EPS, POSITIVE_RATE, Decaying, decay

_C = "y = (1 - beta1) · z + beta1 · x,  x ← (1 - c) · x + c · z with c = lr² / sum of all lr² so far,\n"


class _ScheduleFree(Decaying):
    """The fields of both."""

    averages = True
    beta1: float = hp(
        0.9,
        ge=0,
        lt=1,
        search=uniform(0.8, 0.98),
        bound_source=AVERAGE,
        help="Share of the mean where gradients are taken.",
    )
    weight_decay: float = decay(0.0)


@OPTIMIZERS.add
class ScheduleFreeSGD(_ScheduleFree):
    """SGD whose mean over all steps is the model; the rate stays constant, after a warm-up.

    Gradients are taken at y, between the iterate z and the mean x. The run trains y; validation, best weights and
    checkpoints are those of x. Running statistics of batch norm are gathered at y, so other normalizations suit better.
    A warm-up of the schedule counts; any other schedule would do the mean's work twice. Rates are larger than SGD's.
    """

    formula = _C + "z ← z - lr · (g(y) + weight_decay · y)"
    source = "Defazio et al., 2024, The Road Less Scheduled, arXiv:2405.15682, equations 3 to 5"
    misconceptions = (
        "“It needs no more than a change of the optimizer”: weights must be switched to the mean before they are "
        "judged or saved, and back before training goes on. Studyhall does that.",
    )
    target = "experiments.optimizers._schedule_free:ScheduleFreeSGD"
    name: Literal["schedule_free_sgd"] = "schedule_free_sgd"
    lr: float = hp(0.5, gt=0, search=log_uniform(1e-2, 10.0), bound_source=POSITIVE_RATE, help="Base learning rate.")


@OPTIMIZERS.add
class ScheduleFreeAdamW(_ScheduleFree):
    """AdamW whose mean over all steps is the model; the rate stays constant, after a warm-up.

    The mean takes the place of Adam's momentum. Everything said of ``schedule_free_sgd`` holds here too.
    """

    formula = (
        _C + "v ← beta2 · v + (1 - beta2) · g²,  z ← z - lr · √(1 - beta2^t) · (g / (√v + eps) + weight_decay · y); "
        "this product is the lr of c"
    )
    source = "Defazio et al., 2024, The Road Less Scheduled, arXiv:2405.15682, algorithm 1"
    target = "experiments.optimizers._schedule_free:ScheduleFreeAdamW"
    name: Literal["schedule_free_adamw"] = "schedule_free_adamw"
    lr: float = hp(1e-2, gt=0, search=log_uniform(1e-4, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    beta2: float = hp(
        0.999,
        ge=0,
        lt=1,
        search=uniform(0.9, 0.9999),
        bound_source=AVERAGE,
        help="Share of the last mean square that stays.",
    )
    eps: float = hp(1e-8, gt=0, bound_source=POSITIVE_EPS, help="Added to the denominator.")
