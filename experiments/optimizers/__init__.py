"""Optimizers: how gradients become steps."""

from __future__ import annotations

from experiments.component import Component, Kind, hp, log_uniform


class Optimizer(Component):
    """A rule that turns gradients into steps; the target is a ``torch.optim.Optimizer``.

    ``lr`` is the base rate, which the schedule multiplies.
    """

    lr: float = hp(..., gt=0, search=log_uniform(1e-5, 1e-1), help="Base learning rate.")


OPTIMIZERS = Kind("optimizer", Optimizer, "How gradients become steps")
