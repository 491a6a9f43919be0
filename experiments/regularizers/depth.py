"""Regularizers that train a shallower network than the one that is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import hp, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import Surgery

if TYPE_CHECKING:
    from torch import nn


@REGULARIZERS.add
class StochasticDepth(Surgery):
    """Drops whole branches of a residual network while training (Huang et al., 2016).

    The probability rises linearly from the first block to ``p`` at the last. Each example draws for itself, and
    branches that stay are scaled up, so that evaluation needs no change; the paper draws per batch and scales in
    evaluation.
    """

    target = "experiments.regularizers._depth:drop_branches"
    formula = (
        "x_l = x_{l-1} + b_l / (1 - p_l) · f_l(x_{l-1}), b_l ~ Bernoulli(1 - p_l), p_l = p · l / L; in evaluation "
        "x_l = x_{l-1} + f_l(x_{l-1})"
    )
    source = "Huang, Sun, Liu, Sedra & Weinberger, 2016, Deep networks with stochastic depth, arXiv 1603.09382"
    needs = "the blocks of the model residual"
    name: Literal["stochastic_depth"] = "stochastic_depth"
    aliases = ("drop_path", "reg.drop_path")
    p: float = hp(
        0.2,
        ge=0,
        lt=1,
        search=uniform(0.0, 0.5),
        help="Probability that the last branch is dropped.",
        bound_source="a probability below 1, or the last block would never be trained",
    )

    def install(self, network: nn.Module) -> None:
        """Give every block its probability."""
        self.build(network)
