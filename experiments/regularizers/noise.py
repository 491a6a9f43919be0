"""Regularizers that blur what the model sees or is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from experiments.component import hp, log_uniform, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import BatchTransform, TargetSmoothing

if TYPE_CHECKING:
    from torch import Generator, Tensor


@REGULARIZERS.add
class InputNoise(BatchTransform):
    """Adds Gaussian noise to the training inputs (Sietsma & Dow, 1991), anew in every epoch.

    For small noise and a squared loss it acts like a penalty on the slope of the model (Bishop, 1995). That holds for
    noise of mean 0, so noisy inputs may leave the range of the data: cut off there, noise at its border would have a
    mean, and dark images would become brighter. For images within their range use augmentation.
    """

    target = "experiments.regularizers._noise:add_noise"
    formula = "x' = x + std · n, n ~ N(0, 1) for every entry, in training only"
    source = "Sietsma & Dow, 1991; Bishop, 1995, Training with noise is equivalent to Tikhonov regularization"
    name: Literal["input_noise"] = "input_noise"
    aliases = ("gaussian_noise",)
    std: float = hp(
        0.1,
        ge=0,
        search=log_uniform(0.01, 1.0),
        help="Standard deviation of the noise, in units of the standardized inputs.",
        bound_source="a standard deviation is not negative",
    )

    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Noisy inputs, the same targets."""
        return self.build(inputs, generator), targets


@REGULARIZERS.add
class LabelSmoothing(TargetSmoothing):
    """Trains towards targets that leave every class a share (Szegedy et al., 2016); the model becomes less confident.

    Validation losses are those of the plain labels.
    """

    target = "torch.nn:CrossEntropyLoss"
    formula = "target = (1 - epsilon) · one-hot + epsilon / K"
    source = "Szegedy et al., 2016, Rethinking the Inception architecture for computer vision"
    misconceptions = (
        "'Label smoothing makes the model more confident': it makes it less so (Müller, Kornblith & Hinton, 2019).",
    )
    renamed: ClassVar[Mapping[str, str]] = {"epsilon": "label_smoothing"}
    exact = True
    name: Literal["label_smoothing"] = "label_smoothing"
    aliases = ("loss.label_smoothing",)
    epsilon: float = hp(
        0.1,
        ge=0,
        lt=1,
        search=uniform(0.01, 0.2),
        help="Share of the target spread over all classes.",
        bound_source="a share below 1, or the label would not matter",
    )

    def smoothing(self) -> float:
        """Epsilon."""
        return self.epsilon
