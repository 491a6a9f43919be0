"""Relatives of Adam that torch lacks, or has with one reading of the paper only."""

from __future__ import annotations

from typing import Literal

from experiments.component import hp, log_uniform, uniform
from experiments.optimizers import AVERAGE, OPTIMIZERS, POSITIVE_EPS, POSITIVE_RATE, Decaying, decay
from experiments.optimizers.adam import CORRECTED, AdamLike


@OPTIMIZERS.add
class RAdam(AdamLike):
    """Adam that keeps its denominator out of the first steps, while the mean square is not yet to be trusted.

    Whether it is depends on ρ_t, the number of gradients that it rests on. The paper's algorithm trusts it above 4;
    the authors' code and torch wait for 5.
    """

    formula = (
        "ρ∞ = 2 / (1 - beta2) - 1,  ρ_t = ρ∞ - 2t · beta2^t / (1 - beta2^t);  above the threshold\n"
        "w ← w - lr · √((ρ_t - 4)(ρ_t - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρ_t)) · m̂ / (√v + eps) · √(1 - beta2^t),\n"
        "else w ← w - lr · m̂"
    )
    source = "Liu et al., 2020, On the Variance of the Adaptive Learning Rate and Beyond, arXiv:1908.03265"
    target = "experiments.optimizers._adam_variants:RAdam"
    name: Literal["radam"] = "radam"
    lr: float = hp(5e-3, gt=0, search=log_uniform(1e-5, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    threshold: float = hp(
        5.0,
        ge=4,
        bound_source="Liu et al., 2020: at 4 the variance is infinite",
        help="ρ_t from which Adam's step is taken.",
    )


@OPTIMIZERS.add
class AdaBelief(AdamLike, Decaying):
    """Adam that divides by the deviation of gradients from their mean: long steps where gradients agree.

    Its eps stands under the root too, where 1e-8 would be a deviation of 1e-4.
    """

    formula = (
        "m as in adam,  s ← beta2 · s + (1 - beta2) · (g - m)² + eps,\nw ← w - lr · m̂ / (√(s / (1 - beta2^t)) + eps)"
    )
    source = "Zhuang et al., 2020, AdaBelief Optimizer, arXiv:2010.07468, algorithm 2"
    target = "experiments.optimizers._adam_variants:AdaBelief"
    name: Literal["adabelief"] = "adabelief"
    eps: float = hp(1e-14, gt=0, bound_source=POSITIVE_EPS, help="Added to the mean square, and to the denominator.")
    weight_decay: float = decay(0.0)


@OPTIMIZERS.add
class LAMB(AdamLike, Decaying):
    """Adam's step, rescaled for every tensor to a share lr of the norm of its weights; made for large batches.

    Where weights or step are zero, the step is not rescaled.
    """

    formula = CORRECTED + "u = m̂ / (√v̂ + eps) + weight_decay · w,  w ← w - lr · ‖w‖ / ‖u‖ · u"
    source = "You et al., 2020, Large Batch Optimization for Deep Learning, arXiv:1904.00962, algorithm 2"
    target = "experiments.optimizers._adam_variants:LAMB"
    name: Literal["lamb"] = "lamb"
    lr: float = hp(1e-2, gt=0, search=log_uniform(1e-4, 1e-1), bound_source=POSITIVE_RATE, help="Base learning rate.")
    eps: float = hp(1e-6, gt=0, bound_source=POSITIVE_EPS, help="Added to the denominator.")


@OPTIMIZERS.add
class Lion(Decaying):
    """Steps of one size for every parameter, in the direction of the sign of a momentum.

    Good rates are a third to a tenth of AdamW's, good decays three to ten times larger.
    """

    formula = "w ← w - lr · (sign(beta1 · m + (1 - beta1) · g) + weight_decay · w),  m ← beta2 · m + (1 - beta2) · g"
    source = "Chen et al., 2023, Symbolic Discovery of Optimization Algorithms, arXiv:2302.06675"
    target = "experiments.optimizers._adam_variants:Lion"
    name: Literal["lion"] = "lion"
    lr: float = hp(1e-3, gt=0, search=log_uniform(1e-5, 1e-2), bound_source=POSITIVE_RATE, help="Base learning rate.")
    beta1: float = hp(
        0.9, ge=0, lt=1, search=uniform(0.8, 0.99), bound_source=AVERAGE, help="Share of the momentum in a step."
    )
    beta2: float = hp(
        0.99, ge=0, lt=1, search=uniform(0.9, 0.999), bound_source=AVERAGE, help="Share of the momentum that stays."
    )


@OPTIMIZERS.add
class Prodigy(AdamLike, Decaying):
    """Adam that finds its rate: d grows to an estimate of how far the start is from the solution.

    ``lr`` is a factor of that, 1 as a rule. All parameters share d. The first steps are of length d0, so short runs
    want a larger one than the paper's 1e-6.
    """

    formula = (
        "m, v: averages of d·g and d²·g²;  r, s with share √beta2: r of lr·d²·⟨g, w₀ - w⟩, s of lr·d²·g;\n"
        "w ← w - lr · d · (m / (√v + d·eps) + weight_decay · w),  d ← max(d, r / ‖s‖₁)"
    )
    source = "Mishchenko & Defazio, 2024, Prodigy, arXiv:2306.06101, algorithm 4"
    target = "experiments.optimizers._prodigy:Prodigy"
    owns_rate = True
    unchanging = Decaying.unchanging | {"d0"}
    name: Literal["prodigy"] = "prodigy"
    lr: float = hp(
        1.0, gt=0, search=log_uniform(0.3, 3.0), bound_source=POSITIVE_RATE, help="Factor of the found rate."
    )
    d0: float = hp(1e-4, gt=0, search=log_uniform(1e-6, 1e-3), bound_source=POSITIVE_RATE, help="First estimate of d.")
    weight_decay: float = decay(0.0)
