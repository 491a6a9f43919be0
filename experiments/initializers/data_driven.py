"""Initializers that look at training data before the first step.

They work on a copy of the model, of which the weights alone come back: statistics of normalization, metrics and the
random numbers of the training are as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from experiments.component import choice, hp, integers, log_uniform
from experiments.initializers import INITIALIZERS, Initializer, Plain

if TYPE_CHECKING:
    from torch import Tensor, nn


class _DataDriven(Initializer):
    withheld = frozenset({"start"})
    start: Plain

    def initialize(self, model: nn.Module) -> None:
        """Draw the weights that are adapted later, by the initializer of that name."""
        INITIALIZERS.parse(self.start).initialize(model)

    def calibrate(self, model: nn.Module, batches: Iterable[Any], loss: Callable[[nn.Module, Any], Tensor]) -> None:
        """Adapt the weights to the first batches."""
        from experiments.initializers._calibration import calibrate

        calibrate(model, lambda copy: self.build(copy, batches, loss))


@INITIALIZERS.add
class LSUV(_DataDriven):
    """Scales each layer so that its outputs have deviation 1 on the first batches, one layer after the other.

    Measured in evaluation mode, over all outputs of a layer before its activation, from the input on. Layers that give
    nothing but constants are left as they are, and so are frozen ones and recurrent ones, whose gates bound their
    outputs.
    """

    target = "experiments.initializers._lsuv:lsuv"
    formula = "for each layer in order, until |std(output) - 1| ≤ tol: W ← W / std(output)"
    source = "Mishkin & Matas (2016), All you need is a good init, arXiv 1511.06422"
    misconceptions = (
        "'LSUV replaces normalization during the training.' It sets the scale once; what the training does to it "
        "afterward is not corrected.",
    )
    rescales = True
    name: Literal["lsuv"] = "lsuv"
    start: Plain = hp("orthogonal", help="Initializer whose weights are scaled; the paper's is orthogonal.")
    tol: float = hp(
        0.02,
        gt=0,
        lt=1,
        search=log_uniform(0.01, 0.1),
        help="Largest difference of a deviation from 1.",
        bound_source="a deviation of 1 is to be told from 0",
    )
    max_iter: int = hp(
        5, ge=1, le=100, help="Corrections of a layer at most.", bound_source="without a bias, one is exact"
    )
    n_batches: int = hp(
        1, ge=1, le=100, search=integers(1, 4), help="Batches to measure on.", bound_source="something is measured"
    )


@INITIALIZERS.add
class GradInit(_DataDriven):
    """Learns one positive factor for every weight so that the first step of the training reduces the loss most.

    The gradient's norm, over all parameters, is kept below ``gamma``. The first step is that of plain SGD, or of Adam,
    whose first step is the gradient's sign; its norm is then the sum of absolute values. Of all factors on the way the
    best ones on the first two batches are kept, and never worse ones than 1: a ``gamma`` that could be met only at the
    price of the loss, as a small one often is without normalization, changes nothing.
    """

    target = "experiments.initializers._gradinit:gradinit"
    formula = "min over m > 0 of L(θ - η · A(g)) with θ = m · W and g = ∇L(θ), subject to ‖g‖ ≤ γ"
    source = "Zhu et al. (2021), GradInit: learning to initialize neural networks, arXiv 2102.08098"
    rescales = True
    name: Literal["gradinit"] = "gradinit"
    start: Plain = hp("kaiming_normal", help="Initializer whose weights are scaled.")
    optimizer: Literal["sgd", "adam"] = hp(
        "sgd", search=choice("sgd", "adam"), help="Whose first step it is: g, or the sign of g."
    )
    eta: float = hp(
        0.1,
        gt=0,
        le=10,
        search=log_uniform(1e-3, 1e-1),
        help="Size of that step, like the learning rate of the training.",
        bound_source="a step has a length",
    )
    gamma: float = hp(
        10.0,
        gt=0,
        search=log_uniform(1.0, 100.0),
        help="Largest norm of the gradient: Euclidean for sgd; for adam the sum of absolute values, often hundreds.",
        bound_source="a norm is positive",
    )
    tau: float = hp(
        0.03,
        gt=0,
        le=1,
        search=log_uniform(1e-3, 1e-1),
        help="Rate at which the factors are learned, by Adam.",
        bound_source="factors start at 1",
    )
    steps: int = hp(
        30, ge=1, le=10_000, search=integers(10, 100), help="Steps of learning them.", bound_source="one step at least"
    )
