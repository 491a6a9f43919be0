"""A user's own component, in a module that only workers import."""

from typing import Literal

from experiments.activations import Activation


class OwnActivation(Activation):
    """x · σ(x) (Ramachandran, Zoph & Le, 2017), under a name that nobody else has."""

    target = "torch.nn:SiLU"
    name: Literal["our_swish"] = "our_swish"
