"""Adam and its relatives in torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.optimizers import AVERAGE, BETAS, OPTIMIZERS, POSITIVE_EPS, POSITIVE_RATE, Decaying, Optimizer

_STABLE = "no decay of the momentum at 0; a negative one would let it grow"


class AdamLike(Optimizer):
    """The fields that Adam and its relatives share."""

    joined = BETAS
    lr: float = hp(2e-3, gt=0, search=log_uniform(1e-5, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    beta1: float = hp(
        0.9, ge=0, lt=1, search=uniform(0.8, 0.99), bound_source=AVERAGE, help="Share of the last mean that stays."
    )
    beta2: float = hp(
        0.999, ge=0, lt=1, search=uniform(0.9, 0.9999), bound_source=AVERAGE, help="The same for the squared gradient."
    )
    eps: float = hp(1e-8, gt=0, bound_source=POSITIVE_EPS, help="Added to the denominator.")


MOMENTS = "m ← beta1 · m + (1 - beta1) · g,  v ← beta2 · v + (1 - beta2) · g²,\n"
CORRECTED = MOMENTS + "m̂ = m / (1 - beta1^t),  v̂ = v / (1 - beta2^t),  "


@OPTIMIZERS.add
class Adam(AdamLike):
    """The mean gradient over the root of the mean square, both corrected for their start at zero."""

    formula = CORRECTED + "w ← w - lr · m̂ / (√v̂ + eps)"
    source = "Kingma & Ba, 2015, Adam: A Method for Stochastic Optimization, arXiv:1412.6980"
    misconceptions = (
        "“Adam handles noise best and is the choice for everything”: it can fail to converge (Reddi et al., 2018) and "
        "generalises worse on some tasks of vision (Wilson et al., 2017). Keep momentum and nesterov in a comparison.",
        "“Adam cures vanishing gradients”: it rescales steps, and the noise in them; the signal stays lost.",
    )
    target = "torch.optim:Adam"
    name: Literal["adam"] = "adam"


@OPTIMIZERS.add
class AMSGrad(AdamLike):
    """Adam whose denominator never shrinks, which repairs its proof of convergence.

    The largest mean square is taken before the correction of its start, as torch does it; the paper corrects neither.
    """

    formula = CORRECTED + "w ← w - lr · m̂ / (√(v_max / (1 - beta2^t)) + eps),  v_max ← max(v_max, v)"
    source = "Reddi, Kale & Kumar, 2018, On the Convergence of Adam and Beyond, arXiv:1904.09237"
    target = "torch.optim:Adam"
    fixed: ClassVar[Mapping[str, Any]] = {"amsgrad": True}
    name: Literal["amsgrad"] = "amsgrad"


@OPTIMIZERS.add
class AdamW(AdamLike, Decaying):
    """Adam with a decay of the weights that does not pass through the denominator.

    As in torch the decay is multiplied by the learning rate. The paper multiplies it by the schedule's factor alone:
    its decay λ is lr · weight_decay here.
    """

    formula = "w ← (1 - lr · weight_decay) · w, then Adam's step"
    source = "Loshchilov & Hutter, 2019, Decoupled Weight Decay Regularization, arXiv:1711.05101"
    misconceptions = (
        "“w ← w - lr · (m̂ / √v̂) - weight_decay · w”, without lr in the decay: at 0.01 that takes 1 % of every weight "
        "away in each step. For the same steps, divide that weight_decay by lr.",
        "“Weight decay is L2”: only for plain SGD. In Adam an L2 penalty is divided by the root of v, so weights with "
        "large gradients are hardly decayed.",
    )
    target = "torch.optim:AdamW"
    name: Literal["adamw"] = "adamw"


@OPTIMIZERS.add
class NAdam(AdamLike):
    """Adam with Nesterov's momentum, and a momentum that grows over the first steps."""

    formula = (
        MOMENTS + "μ_t = beta1 · (1 - 0.5 · 0.96^(t · momentum_decay)),\n"
        "m̂ = μ_{t+1} · m / (1 - μ_1⋯μ_{t+1}) + (1 - μ_t) · g / (1 - μ_1⋯μ_t),  w ← w - lr · m̂ / (√v̂ + eps)"
    )
    source = "Dozat, 2016, Incorporating Nesterov Momentum into Adam"
    misconceptions = (
        "“m̂ = beta1 · m / (1 - beta1^t) + …”: the next step's momentum is corrected by that of t + 1 steps, and it "
        "follows a schedule. The other form takes a first step that is 1.29 times too long.",
    )
    target = "experiments.optimizers._adam_variants:NAdam"
    name: Literal["nadam"] = "nadam"
    momentum_decay: float = hp(
        4e-3, ge=0, search=log_uniform(1e-4, 1e-1), bound_source=_STABLE, help="Pace of the momentum schedule."
    )


@OPTIMIZERS.add
class Adamax(AdamLike):
    """Adam with the largest recent gradient in the place of the root of the mean square."""

    formula = "m as in adam,  u ← max(beta2 · u, |g| + eps),  w ← w - lr / (1 - beta1^t) · m / u"
    source = "Kingma & Ba, 2015, section 7.1, arXiv:1412.6980"
    target = "torch.optim:Adamax"
    name: Literal["adamax"] = "adamax"
