"""Regularizers that train on mixtures of examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from experiments.component import hp, log_uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import BatchTransform

if TYPE_CHECKING:
    from torch import Generator, Tensor

_BETA = "a parameter of a Beta distribution is positive"
_HARD = (
    "'Training accuracy shows how well the model fits': its labels are mixed, so an answer counts by the share of its "
    "class, and even a perfect model stays below 1. Read the validation's.",
)


@REGULARIZERS.add
class Mixup(BatchTransform):
    """Trains on weighted means of two examples and of their targets (Zhang et al., 2018).

    Every batch is mixed with a permutation of itself, with one weight. It works for images, sequences and rows of
    features, and for classes and values. ``train_accuracy`` counts an answer by the share of its class.
    """

    target = "experiments.regularizers._mixing:mixup"
    formula = (
        "x' = λ x_i + (1 - λ) x_j, λ ~ Beta(alpha, alpha); loss λ · L(f(x'), y_i) + (1 - λ) · L(f(x'), y_j) for "
        "classes, L(f(x'), λ y_i + (1 - λ) y_j) for values"
    )
    source = "Zhang, Cissé, Dauphin & Lopez-Paz, 2018, mixup: beyond empirical risk minimization, arXiv 1710.09412"
    misconceptions = _HARD
    mixes = True
    name: Literal["mixup"] = "mixup"
    aliases = ("aug.mixup",)
    alpha: float = hp(
        0.2,
        gt=0,
        search=log_uniform(0.1, 2.0),
        help="Of the weight's Beta distribution: small values mix little, 1 is uniform.",
        bound_source=_BETA,
    )

    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Mixed inputs and targets."""
        mixed: tuple[Tensor, Tensor] = self.build(inputs, targets, generator)
        return mixed


@REGULARIZERS.add
class CutMix(BatchTransform):
    """Puts a box of another example into each image, and mixes the targets by its area (Yun et al., 2019).

    In sequences it is an interval. The share is that of the box which is really replaced, after cutting it off at the
    border. ``train_accuracy`` counts an answer by the share of its class.
    """

    target = "experiments.regularizers._mixing:cutmix"
    formula = (
        "x' = M ⊙ x_i + (1 - M) ⊙ x_j with M zero inside of a box; loss λ · L(f(x'), y_i) + (1 - λ) · L(f(x'), y_j), λ "
        "the mean of M"
    )
    source = "Yun et al., 2019, CutMix: regularization strategy to train strong classifiers, arXiv 1905.04899"
    misconceptions = _HARD
    mixes = True
    name: Literal["cutmix"] = "cutmix"
    aliases = ("aug.cutmix",)
    alpha: float = hp(
        1.0,
        gt=0,
        search=log_uniform(0.1, 2.0),
        help="Of the Beta distribution of the share that is kept; 1 is uniform.",
        bound_source=_BETA,
    )

    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Inputs with boxes of others, and mixed targets."""
        mixed: tuple[Tensor, Tensor] = self.build(inputs, targets, generator)
        return mixed
