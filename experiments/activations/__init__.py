"""Activations: the non-linearity after every hidden layer."""

from __future__ import annotations

from experiments.component import Component, Kind, declare


class Activation(Component):
    """An elementwise non-linearity; the target is a torch module, made anew for every layer."""


ACTIVATIONS = Kind("activation", Activation, "The non-linearity after every hidden layer")

declare(__name__)
