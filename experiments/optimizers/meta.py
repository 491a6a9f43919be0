"""Meta-learning: optimizers that learn how to optimize, during the run or before it."""

from __future__ import annotations

from typing import Literal

from experiments.component import hp, log_uniform
from experiments.optimizers import OPTIMIZERS, POSITIVE_RATE, Optimizer


@OPTIMIZERS.add
class Hypergradient(Optimizer):
    """SGD whose rate follows its own gradient: up while gradients agree, down when they alternate.

    ``lr`` is where the rate starts. A schedule and layer-wise rates multiply the learned rate: it is the learned share
    of ``lr`` that is kept, for all parameters together. The rate never falls below 0. The curve ``lr`` of a run shows
    the learned rate. A resumed run keeps the learned rate and the last gradient, so that its next step is that of the
    unbroken one.
    """

    formula = "α ← max(0, α + mu · ⟨g_t, g_{t-1}⟩) from lr on,  w ← w - α · factor · g_t"
    source = "Baydin et al., 2018, Online Learning Rate Adaptation with Hypergradient Descent, arXiv:1703.04782"
    target = "experiments.optimizers._hypergradient:Hypergradient"
    aliases = ("sgd_hd",)
    unchanging = Optimizer.unchanging | {"lr"}
    name: Literal["hypergradient"] = "hypergradient"
    lr: float = hp(
        3e-2, gt=0, search=log_uniform(1e-3, 1.0), bound_source=POSITIVE_RATE, help="Rate of the first step."
    )
    mu: float = hp(
        1e-3,
        ge=0,
        search=log_uniform(1e-8, 1e-2),
        bound_source="0 is SGD; below, the rate would flee",
        help="Rate of the rate.",
    )


@OPTIMIZERS.add
class Learned(Optimizer):
    """A small LSTM, the same for each parameter, that proposes its change from its past gradients.

    It was trained on random quadratics in ten dimensions and on networks with one small hidden layer, for 100 steps
    each, and ships with its weights. On quadratics of that kind it beats SGD at its best rate. It is not general: what
    is far larger, deeper, of other activations, or trained for many more steps, it has never seen, and there it may
    stall or diverge. Take it to study the idea, and compare it with the others. A resumed run keeps the memory of the
    LSTM, 40 numbers for each parameter; the network itself does not change during a run.
    """

    formula = "(Δw, h) ← LSTM(log|g| / 10, sign g; h),  w ← w + lr · 0.1 · Δw"
    source = "Andrychowicz et al., 2016, Learning to learn by gradient descent by gradient descent, arXiv:1606.04474"
    misconceptions = (
        "“A learned optimizer replaces hand-made ones”: it is good where it was trained, on problems and lengths like "
        "those it has seen.",
    )
    target = "experiments.optimizers._learned:Learned"
    aliases = ("learned_lstm",)
    name: Literal["learned"] = "learned"
    lr: float = hp(
        1.0, gt=0, search=log_uniform(0.1, 3.0), bound_source=POSITIVE_RATE, help="Factor of what the network proposes."
    )
