"""Adam and its relatives."""

from __future__ import annotations

from typing import Any, Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.optimizers import OPTIMIZERS, Optimizer


class _Adam(Optimizer):
    lr: float = hp(2e-3, gt=0, search=log_uniform(1e-5, 1e-1), help="Base learning rate.")
    beta1: float = hp(0.9, ge=0, lt=1, search=uniform(0.8, 0.99), help="Share of the last mean gradient that stays.")
    beta2: float = hp(0.999, ge=0, lt=1, search=uniform(0.9, 0.9999), help="The same for the squared gradient.")
    eps: float = hp(1e-8, gt=0, help="Added to the denominator.")

    def arguments(self) -> dict[str, Any]:
        """The fields, with both betas as the pair that torch takes."""
        arguments = super().arguments()
        betas = (arguments.pop("beta1"), arguments.pop("beta2"))
        return {**arguments, "betas": betas}


@OPTIMIZERS.add
class Adam(_Adam):
    """Bias-corrected mean gradient over the root of the mean square.

    Kingma & Ba (2015); amsgrad is the correction of Reddi et al. (2018).
    """

    target = "torch.optim:Adam"
    name: Literal["adam"] = "adam"
    amsgrad: bool = hp(False, search=choice(False, True), help="Never let the denominator shrink.")


@OPTIMIZERS.add
class AdamW(_Adam):
    """Adam with decoupled weight decay w ← (1 - lr · weight_decay) · w (Loshchilov & Hutter, 2019).

    Weights decay; biases and normalisation parameters do not.
    """

    target = "torch.optim:AdamW"
    name: Literal["adamw"] = "adamw"
    weight_decay: float = hp(1e-2, ge=0, search=log_uniform(1e-5, 1.0), help="Decay per step, times the learning rate.")


@OPTIMIZERS.add
class NAdam(_Adam):
    """Adam with Nesterov momentum and Dozat's momentum schedule (Dozat, 2016)."""

    target = "torch.optim:NAdam"
    name: Literal["nadam"] = "nadam"
    momentum_decay: float = hp(4e-3, ge=0, search=log_uniform(1e-4, 1e-1), help="Pace of the momentum schedule.")
