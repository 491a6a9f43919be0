"""What regularizers make of inputs stays in the range of the training data as the model sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.config import ExperimentConfig
from experiments.data import DATA
from experiments.data._splits import Box, splits
from experiments.regularizers import REGULARIZERS
from experiments.training.setup import BuiltInSetup
from tests.support.training.adversarial import Case, deep
from tests.support.training.laws import law

ATTACKS: dict[str, dict[str, Any]] = {
    "fgsm": {"mix": 1.0},
    "pgd": {"steps": 3, "step": 0.5},
    "trades": {"steps": 5, "step": 0.5},
    "adversarial_network": {"steps": 20, "lr": 0.1, "penalty": 0.0},
}
BOX = Box(torch.tensor([-0.5, -0.5, -0.5, 0.0, -9.0]), torch.tensor([0.5, 0.5, 0.5, 0.0, 9.0]))


def boxed() -> Case:
    """Five features: three that fill their range, one that does not vary, one far from its bounds."""
    it = deep()
    it.inputs = BOX.hold(it.inputs, torch.zeros_like(it.inputs))
    return it


@pytest.mark.parametrize("name", ["wine", "digits"])
def test_the_range_is_that_of_each_feature_or_channel(name: str) -> None:
    data = DATA.parse(name)
    made = splits(data, None, 5, "cpu")
    inputs, box = made.train.inputs, made.box
    by_feature = inputs.movedim(1, 0).flatten(1)
    assert box.low.shape == (data.shape if len(data.shape) == 1 else (data.shape[0], *[1] * (len(data.shape) - 1)))
    assert torch.equal(box.low.flatten(), by_feature.amin(1))
    assert torch.equal(box.high.flatten(), by_feature.amax(1))


@law("regularizer.fgsm", "regularizer.pgd", "regularizer.trades", "regularizer.adversarial_network")
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_stays_in_the_box_and_reaches_its_sides(name: str) -> None:
    it = boxed()
    it.objective(name, BOX, eps=0.3, **ATTACKS[name])(it.inputs, it.targets)
    for seen in it.seen:
        assert torch.equal(seen, BOX.hold(seen, torch.zeros_like(seen)))
    last = it.seen[-1]
    assert torch.equal(last[:, 3], it.inputs[:, 3]), "what does not vary stays"
    assert ((last == BOX.low) | (last == BOX.high))[:, :3].double().mean() > 0.2
    assert (last - it.inputs)[:, 4].abs().max() > 0.2


def test_fgsm_is_held_entry_by_entry() -> None:
    it = boxed()
    it.objective("fgsm", BOX, eps=0.3, mix=1.0)(it.inputs, it.targets)
    held = it.seen[-1]
    other = boxed()
    other.objective("fgsm", None, eps=0.3, mix=1.0)(other.inputs, other.targets)
    free = other.seen[-1]
    torch.testing.assert_close(held, torch.minimum(torch.maximum(free, BOX.low), BOX.high))
    assert not torch.equal(held, free)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_input_beyond_the_box_is_moved_no_further_than_others(name: str) -> None:
    """Noise may have brought it there; held at the box itself, it would leave the ball around it."""
    it = deep()
    it.objective(name, BOX, eps=0.1, **ATTACKS[name])(it.inputs, it.targets)
    assert (it.inputs.abs() > 0.6).any()
    assert max((seen - it.inputs).abs().max() for seen in it.seen) <= 0.1 * (1 + 1e-9)
    beyond = it.inputs[:, :3] > 0.5
    assert (it.seen[-1][:, :3][beyond] <= it.inputs[:, :3][beyond]).all()


STRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("digits", "augmentation", {"brightness": 2.0, "noise": 1.0, "rotation": 30.0, "crop": 0.3}),
    ("digits", "cutmix", {}),
    ("digits", "mixup", {"alpha": 1.0}),
    ("wine", "mixup", {"alpha": 1.0}),
    ("wine", "pgd", {"eps": 1.0}),
    ("digits", "trades", {"eps": 1.0}),
]


@law("regularizer.augmentation")
@pytest.mark.parametrize(("data", "name", "fields"), STRONG)
def test_in_a_run_the_model_sees_nothing_beyond_the_training_data(
    data: str, name: str, fields: dict[str, Any], small: Callable[..., ExperimentConfig]
) -> None:
    config = small(data=data, regularizers={name: fields})
    setup = BuiltInSetup(config)
    box = splits(config.data, None, 5, "cpu").box
    seen = record(setup.module.network)
    for index, batch in enumerate(setup.loaders()["train_dataloaders"]):
        setup.module._objective.objective(*setup.module._objective.batch(*batch, 0, index))
        if index == 2:
            break
    moved = torch.cat(seen)
    assert (moved >= box.low - 1e-6).all()
    assert (moved <= box.high + 1e-6).all()
    if name not in {"cutmix", "mixup"}:
        assert (moved.double() == box.high).double().mean() > 0.01, "nothing had to be brought back"


@law("regularizer.series_augmentation")
def test_a_sequence_stays_in_the_range_of_each_channel() -> None:
    inputs = torch.randn(50, 2, 20, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    box = Box(torch.tensor([[-1.0], [-2.0]]), torch.tensor([[1.0], [2.0]]))
    component = REGULARIZERS.parse({"name": "series_augmentation", "jitter": 1.0, "scale": 0.5})
    changed, _ = component.within(box).batch(inputs, torch.zeros(50), torch.Generator().manual_seed(1))
    free, _ = component.batch(inputs, torch.zeros(50), torch.Generator().manual_seed(1))
    torch.testing.assert_close(changed, torch.stack([free[:, 0].clamp(-1, 1), free[:, 1].clamp(-2, 2)], 1))
    assert free.abs().max() > 2


def test_noise_on_inputs_has_mean_0_everywhere_and_so_leaves_the_range(small: Callable[..., ExperimentConfig]) -> None:
    config = small(data="digits", regularizers={"input_noise": {"std": 0.3}})
    setup = BuiltInSetup(config)
    part = splits(config.data, None, 5, "cpu")
    inputs = part.train.inputs[:500]
    noisy, _ = setup.module._objective.batch(inputs, part.train.targets[:500], 0, 0)
    dark = inputs == part.box.low
    assert (noisy - inputs)[dark].mean().abs() < 0.01
    assert (noisy < part.box.low).any()


def record(network: nn.Module) -> list[Tensor]:
    seen: list[Tensor] = []
    network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach().clone()))
    return seen
