"""Augmentation: each part does what its name says to images and sequences, and nothing at strength zero."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from experiments.regularizers import REGULARIZERS
from experiments.regularizers._augmentation import moved, shifted
from tests.support.training.laws import law

STILL = {"rotation": 0, "flip": 0, "crop": 0, "brightness": 0, "noise": 0}
QUIET = {"jitter": 0, "scale": 0, "shift": 0}


def augmented(inputs: Tensor, name: str = "augmentation", seed: int = 0, **fields: float) -> Tensor:
    off = STILL if name == "augmentation" else QUIET
    component = REGULARIZERS.parse({"name": name, **off, **fields})
    return component.batch(inputs, torch.zeros(len(inputs)), torch.Generator().manual_seed(seed))[0]


def images(n: int, height: int = 12, width: int = 12) -> Tensor:
    return torch.randn(n, 2, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


def window(n: int, angle: float = 0.0, mirrored: bool = False, side: float = 1.0) -> tuple[Tensor, ...]:
    """The arguments of ``moved`` for the same window in every image."""
    return (
        torch.full((n,), angle, dtype=torch.float64),
        torch.full((n,), mirrored),
        torch.full((n,), side, dtype=torch.float64),
        torch.zeros(n, 2, dtype=torch.float64),
    )


@law("regularizer.augmentation")
def test_quarter_turns_and_mirror_images_are_exact() -> None:
    inputs = images(3)
    turned = moved(inputs, *window(3, angle=math.pi / 2))
    torch.testing.assert_close(turned, inputs.rot90(1, (2, 3)))
    torch.testing.assert_close(moved(inputs, *window(3, mirrored=True)), inputs.flip(3))


@pytest.mark.parametrize(
    ("angle", "side", "place"), [(0.3, 1.0, (0.0, 0.0)), (0.0, 0.6, (0.2, -0.1)), (-0.2, 0.7, (0, 0))]
)
def test_a_ramp_moves_as_the_window_says(angle: float, side: float, place: tuple[float, float]) -> None:
    """Linear interpolation is exact for a ramp, so its values tell from where each pixel was taken."""
    height, width = 10, 14
    down, right = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    down, right = down.double() - (height - 1) / 2, right.double() - (width - 1) / 2
    angles, mirrored, sides, _ = window(2, angle, side=side)
    places = torch.tensor([place, place], dtype=torch.float64)
    ramps = torch.stack([right, down])[:, None]
    from_right, from_down = moved(ramps, angles, mirrored, sides, places)[:, 0]
    expected_right = side * (math.cos(angle) * right - math.sin(angle) * down) + place[0] * width / 2
    expected_down = side * (math.sin(angle) * right + math.cos(angle) * down) + place[1] * height / 2
    inside = (expected_right.abs() < (width - 1) / 2) & (expected_down.abs() < (height - 1) / 2)
    assert inside.float().mean() > 0.7
    torch.testing.assert_close(from_right[inside], expected_right[inside])
    torch.testing.assert_close(from_down[inside], expected_down[inside])


def test_the_share_of_mirrored_images_is_the_probability() -> None:
    inputs = images(600, 4, 4)
    changed = (augmented(inputs, flip=0.3) - inputs).abs().amax((1, 2, 3)) > 1e-6
    assert changed.double().mean().item() == pytest.approx(0.3, abs=0.05)


def test_brightness_is_one_value_for_an_image_and_noise_one_for_a_pixel() -> None:
    inputs = images(500, 6, 6)
    brighter = augmented(inputs, brightness=0.4) - inputs
    torch.testing.assert_close(brighter, brighter[:, :1, :1, :1].expand_as(brighter))
    assert 0.38 < brighter.abs().max().item() <= 0.4
    assert brighter.mean().item() == pytest.approx(0.0, abs=0.04)
    noise = augmented(inputs, noise=0.2) - inputs
    assert noise.std().item() == pytest.approx(0.2, rel=0.02)


def test_turned_images_stay_within_the_angle_and_cropped_ones_within_the_share() -> None:
    _, right = torch.meshgrid(torch.arange(9), torch.arange(9), indexing="ij")
    ramps = (right - 4.0).double().expand(400, 1, 9, 9)
    center = augmented(ramps, rotation=20.0)[:, 0, 3:6, 3:6]
    slopes = (center[:, 1, 2] - center[:, 1, 0]) / 2
    assert math.cos(math.radians(20)) <= slopes.min() < math.cos(math.radians(18))
    center = augmented(ramps, crop=0.5)[:, 0, 3:6, 3:6]
    slopes = (center[:, 1, 2] - center[:, 1, 0]) / 2
    assert 0.5 <= slopes.min() < 0.52
    assert 0.98 < slopes.max() <= 1.0


@law("regularizer.series_augmentation")
def test_series_are_shifted_by_whole_steps() -> None:
    series = torch.arange(10.0).expand(3, 2, 10)
    later = shifted(series, torch.tensor([0, 2, -3]))
    assert later[0, 0].tolist() == list(range(10))
    assert later[1, 1].tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7]
    assert later[2, 0].tolist() == [3, 4, 5, 6, 7, 8, 9, 9, 9, 9]
    ramps = torch.arange(50.0).expand(400, 1, 50)
    steps = (augmented(ramps, "series_augmentation", shift=0.2) - ramps)[:, 0, 25]
    assert steps.min() == -10
    assert steps.max() == 10


def test_series_are_scaled_by_channel_and_jittered_by_value() -> None:
    series = images(400).flatten(2)
    factors = augmented(series, "series_augmentation", scale=0.1) / series
    torch.testing.assert_close(factors, factors[:, :, :1].expand_as(factors))
    assert factors[:, :, 0].mean().item() == pytest.approx(1.0, abs=0.015)
    assert factors[:, :, 0].std().item() == pytest.approx(0.1, rel=0.07)
    assert (factors[:, 0, 0] != factors[:, 1, 0]).all()
    jitter = augmented(series, "series_augmentation", jitter=0.3) - series
    assert jitter.std().item() == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("name", ["augmentation", "series_augmentation"])
def test_strength_zero_changes_nothing_and_the_generator_decides_everything(name: str) -> None:
    inputs = images(20) if name == "augmentation" else images(20).flatten(2)
    assert torch.equal(augmented(inputs, name), inputs)
    strong = {"rotation": 20.0, "noise": 0.1} if name == "augmentation" else {"jitter": 0.1, "shift": 0.2}
    torch.manual_seed(1)
    first = augmented(inputs, name, seed=3, **strong)
    torch.manual_seed(2)
    assert torch.equal(first, augmented(inputs, name, seed=3, **strong))
    assert not torch.equal(first, augmented(inputs, name, seed=4, **strong))
