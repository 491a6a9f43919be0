"""Regularizers: what keeps a model from fitting the noise, or from leaving the ground."""

from typing import ClassVar, Literal

from experiments.component import Component, Kind, declare


class Regularizer(Component):
    """Acts on a run in one or more of the roles that ``experiments.regularizers.roles`` declares."""

    traits = (
        *("needs", "sparse", "averages", "mixes", "clips", "wraps", "learns", "drops", "shrinks", "moves_weights"),
        "exact",
    )
    needs: ClassVar[str] = ""
    """What of a run it changes that a user's own LightningModule does not offer; empty if it fits every module."""
    sparse: ClassVar[bool] = True
    """Whether it takes the sparse gradients of ``nn.Embedding(sparse=True)``."""
    averages: ClassVar[Literal["", "step", "epoch"]] = ""
    """After what the weights join an average, which is judged and kept in their place; empty for never."""
    mixes: ClassVar[bool] = False
    """Whether its ``batch`` mixes targets: those of a classification then come as shares of classes, (n, classes)."""
    clips: ClassVar[bool] = False
    """Whether it bounds gradients."""
    wraps: ClassVar[bool] = False
    """Whether it wraps the objective in a search for perturbed inputs."""
    learns: ClassVar[bool] = False
    """Whether it trains a part of its own each time that the objective is evaluated."""
    drops: ClassVar[bool] = False
    """Whether it drops hidden units."""
    shrinks: ClassVar[bool] = False
    """Whether its penalty shrinks weights as a decay does."""
    moves_weights: ClassVar[bool] = False
    """Whether it changes weights beside the optimizer's steps."""
    exact: ClassVar[bool] = False
    """Whether it leaves loss and gradient what they are for each other."""


REGULARIZERS = Kind("regularizer", Regularizer, "What keeps a model from fitting the noise")

declare(__name__)
