"""Regularizers that show the model changed copies of the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from experiments.component import hp, uniform
from experiments.regularizers import REGULARIZERS
from experiments.regularizers.roles import BatchTransform

if TYPE_CHECKING:
    from torch import Generator, Tensor


def _deviation(default: float, high: float, help_text: str) -> Any:
    source = "a standard deviation is not negative"
    return hp(default, ge=0, search=uniform(0.0, high), help=help_text, bound_source=source)


@REGULARIZERS.add
class Augmentation(BatchTransform):
    """Turns, mirrors, crops, brightens and blurs training images at random (LeCun et al., 1998; Simard et al., 2003).

    Every image gets its own change, anew in every epoch; zero switches a part off. Images keep their size; what lies
    outside repeats the border. Brightness and noise are in units of the standardized inputs, and pixels stay in the
    range of their channel in the training data: none becomes darker than black or brighter than white. Choose what
    leaves the label right: digits must be neither mirrored nor turned far. Validation and test data are left alone.
    """

    target = "experiments.regularizers._augmentation:augment_images"
    formula = (
        "x'(u) = Π(x(A u + t) + b + noise · n), Π onto the range of the channel: A turns by U(-rotation, rotation), "
        "mirrors with probability flip and shows a share 1 - U(0, crop) of each side, b ~ U(-brightness, brightness), "
        "n ~ N(0, 1)"
    )
    source = "Simard, Steinkraus & Platt, 2003, Best practices for convolutional neural networks"
    name: Literal["augmentation"] = "augmentation"
    aliases = ("image_augmentation", "data_augmentation")
    rotation: float = hp(
        10.0, ge=0, le=180, search=uniform(0.0, 30.0), help="Largest angle, in degrees.", bound_source="half a turn"
    )
    flip: float = hp(0.0, ge=0, le=1, help="Probability of mirroring left to right.", bound_source="a probability")
    crop: float = hp(
        0.1,
        ge=0,
        lt=1,
        search=uniform(0.0, 0.3),
        help="Largest share of each side that is cut away; the rest is enlarged.",
        bound_source="a share below 1, or nothing would be left",
    )
    brightness: float = hp(
        0.1,
        ge=0,
        search=uniform(0.0, 0.5),
        help="Largest value added to all pixels.",
        bound_source="the size of a change",
    )
    noise: float = _deviation(0.05, 0.3, "Standard deviation of the noise on each pixel.")

    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Changed images, the same targets."""
        return self.held(self.build(inputs, generator), inputs), targets


@REGULARIZERS.add
class SeriesAugmentation(BatchTransform):
    """Shifts, scales and jitters training sequences at random (Um et al., 2017).

    Every sequence gets its own change, anew in every epoch; zero switches a part off. A shift repeats the value at the
    end. Jitter is in units of the standardized inputs. Values stay in the range of their channel in the training data,
    as those of an instrument do; the paper lets them leave it. Validation and test data are left alone.
    """

    target = "experiments.regularizers._augmentation:augment_series"
    formula = (
        "x'[c, t] = Π(x[c, t - s] · (1 + scale · m_c) + jitter · n), Π onto the range of channel c: s ~ U(-shift, "
        "shift) of the length in whole steps, m_c and n ~ N(0, 1) for each channel and each value"
    )
    source = (
        "Um et al., 2017, Data augmentation of wearable sensor data, arXiv 1706.00527; shifts: Iwana & Uchida, 2021"
    )
    name: Literal["series_augmentation"] = "series_augmentation"
    aliases = ("time_series_augmentation",)
    jitter: float = _deviation(0.05, 0.3, "Standard deviation of the noise on each value.")
    scale: float = _deviation(0.1, 0.3, "Standard deviation of each channel's factor around 1.")
    shift: float = hp(
        0.1,
        ge=0,
        le=1,
        search=uniform(0.0, 0.3),
        help="Largest shift, as a share of the length.",
        bound_source="a share of the length",
    )

    def batch(self, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Changed sequences, the same targets."""
        return self.held(self.build(inputs, generator), inputs), targets
