"""Regularizers that judge and keep an average of the weights on the way."""

from __future__ import annotations

from typing import Literal

from experiments.component import choice, hp, log_uniform, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import RateOverride, WeightAverage


@REGULARIZERS.add
class EMA(WeightAverage):
    """Judges and keeps a moving average of the weights, not the last ones (Polyak & Juditsky, 1992).

    Training goes on with the weights themselves. Validation, the kept weights, artifacts and test results are the
    average's; metrics of the training data are not. Right from the start it is a true average: the first weights do not
    linger, because it is corrected for its start as Adam's moments are. Batch norm's running statistics are averaged
    alike.
    """

    formula = "w̄_t = Σ_{i≤t} (1 - decay) · decay^(t - i) · w_i / (1 - decay^t), after every step t of the optimizer"
    source = (
        "Polyak & Juditsky, 1992, Acceleration of stochastic approximation by averaging; in this form Kingma & Ba, "
        "2015, Adam, section 7.2"
    )
    averages = "step"
    exact = True
    name: Literal["ema"] = "ema"
    aliases = ("exponential_moving_average", "weight_averaging", "cb.ema")
    decay: float = hp(
        0.99,
        ge=0,
        lt=1,
        search=choice(0.9, 0.99, 0.999, 0.9999),
        help="Share of the average that stays at each step; it looks back 1 / (1 - decay) steps.",
        bound_source="a share below 1, or no step would count",
    )

    def share(self, n: int, done: float) -> float:
        """Of the newest weights: (1 - decay) / (1 - decay^n)."""
        return float((1 - self.decay) / (1 - self.decay**n))


@REGULARIZERS.add
class SWA(WeightAverage, RateOverride):
    """Averages the weights at the ends of the last epochs, at a constant rate (Izmailov et al., 2018).

    From ``start`` on, the learning rate is ``lr_factor`` times the optimizer's, whatever the schedule says. Validation,
    the kept weights, artifacts and test results are the average's once there is one; metrics of the training data are
    not. Batch norm's statistics are measured anew for the average, by a pass over the training data after each epoch.
    A run that ends before ``start`` is an ordinary one.
    """

    formula = (
        "w̄ = (1 / n) Σ w_e over the n epochs e that end after the share start of the run; rate lr_factor · lr there"
    )
    source = (
        "Izmailov et al., 2018, Averaging weights leads to wider optima and better generalization, arXiv 1803.05407"
    )
    misconceptions = (
        "'Averaging the weights is an ensemble of the models': it is one model; an ensemble averages predictions.",
    )
    averages = "epoch"
    fresh_statistics = True
    needs = "the training inputs by themselves"
    exact = True
    name: Literal["swa"] = "swa"
    aliases = ("stochastic_weight_averaging", "cb.swa")
    start: float = hp(
        0.75,
        ge=0,
        lt=1,
        search=uniform(0.5, 0.9),
        help="Share of the epochs before averaging starts.",
        bound_source="a share below 1, or nothing would be averaged",
    )
    lr_factor: float = hp(
        0.5,
        gt=0,
        search=log_uniform(0.05, 1.0),
        help="Rate while averaging, as a factor of the optimizer's.",
        bound_source="a rate is positive",
    )

    def share(self, n: int, done: float) -> float:
        """Of the newest weights: 1 / n, after the start."""
        return 1 / n if done > self.start else 0.0

    def rate(self, lr: float, base: float, done: float) -> float:
        """The schedule's before the start, then ``lr_factor`` times the base."""
        return self.lr_factor * base if done >= self.start else lr
