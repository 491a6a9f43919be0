"""Mixup and CutMix: the mixtures, the loss of both labels, and an accuracy that makes sense."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.training.module import assemble
from experiments.training.tasks import Classification
from tests.support.training.laws import law


def labeled(n: int, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Inputs that are constant within an example, and one class for each example: the mixture shows in both."""
    inputs = torch.arange(1.0, n + 1, dtype=torch.float64).reshape(n, *[1] * len(shape)).expand(n, *shape)
    return inputs.clone(), torch.eye(n, dtype=torch.float64)


def mixed(name: str, shape: tuple[int, ...], seed: int, n: int = 6, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    component = REGULARIZERS.parse({"name": name, "alpha": alpha})
    return component.batch(*labeled(n, shape), torch.Generator().manual_seed(seed))


@law("regularizer.mixup")
@pytest.mark.parametrize("shape", [(4,), (2, 5), (1, 4, 4)])
def test_mixup_weighs_inputs_and_targets_alike_with_one_weight(shape: tuple[int, ...]) -> None:
    for seed in range(5):
        inputs, targets = mixed("mixup", shape, seed)
        shares = targets.diagonal()
        assert torch.allclose(targets.sum(1), torch.ones(6, dtype=torch.float64))
        assert len(shares[shares < 1].unique()) <= 1
        values = targets @ torch.arange(1.0, 7.0, dtype=torch.float64)
        torch.testing.assert_close(inputs, values.reshape(6, *[1] * len(shape)).expand(6, *shape))


@law("regularizer.cutmix")
@pytest.mark.parametrize("shape", [(2, 9), (3, 8, 6)])
def test_cutmix_replaces_a_box_and_counts_its_area(shape: tuple[int, ...]) -> None:
    areas = []
    for seed in range(30):
        inputs, targets = mixed("cutmix", shape, seed)
        start, _ = labeled(6, shape)
        replaced = inputs != start
        if not replaced.any():
            continue
        example = int(replaced.flatten(1).any(1).nonzero()[0])
        box = replaced[example, 0].nonzero()
        sides = box.max(0).values - box.min(0).values + 1
        assert len(box) == sides.prod()
        assert torch.equal(replaced[example], replaced[example, :1].expand_as(replaced[example]))
        area = len(box) / replaced[example, 0].numel()
        other = int(inputs[example][replaced[example]].unique()) - 1
        assert targets[example, example].item() == pytest.approx(1 - area)
        assert targets[example, other].item() == pytest.approx(area)
        areas.append(area)
    assert len(areas) > 20
    assert min(areas) < 0.3
    assert max(areas) > 0.5


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_the_loss_is_that_of_both_labels_by_their_shares(name: str) -> None:
    torch.manual_seed(0)
    _, targets = mixed(name, (1, 8, 8), seed=1)
    logits = torch.randn(6, 6, dtype=torch.float64)
    first = torch.arange(6)
    second = (targets - torch.diag(targets.diagonal())).argmax(1)
    share = targets.diagonal()
    ours = Classification(0.0, (), 6).training_loss(logits, targets)
    per_label = [functional.cross_entropy(logits, labels, reduction="none") for labels in (first, second)]
    torch.testing.assert_close(ours, (share * per_label[0] + (1 - share) * per_label[1]).mean())


def test_the_weight_follows_its_beta_distribution() -> None:
    for alpha in (0.2, 1.0, 2.0):
        mixup, generator = REGULARIZERS.parse({"name": "mixup", "alpha": alpha}), torch.Generator().manual_seed(0)
        batch = labeled(2, (1,))
        drawn = torch.tensor([mixup.batch(*batch, generator)[1][0, 0].item() for _ in range(3000)])
        moved = drawn[drawn < 1]
        assert len(moved) == pytest.approx(1500, abs=120)
        assert moved.mean().item() == pytest.approx(0.5, abs=0.04)
        assert moved.var().item() == pytest.approx(0.25 / (2 * alpha + 1), rel=0.08)


def test_accuracy_counts_an_answer_by_the_share_of_its_class() -> None:
    task = Classification(0.0, (), 3)
    shares = torch.tensor([[0.7, 0.3, 0.0], [0.0, 0.4, 0.6]])
    logits = torch.tensor([[0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    assert task.metrics([task.sums(logits, shares).item()], 2)["accuracy"] == pytest.approx((0.3 + 0.6) / 2)
    hard = torch.tensor([1, 2])
    assert torch.equal(task.sums(logits, task.shares(hard)).long(), task.sums(logits, hard))


def test_values_are_mixed_too(small: Callable[..., ExperimentConfig]) -> None:
    network = assemble(small(data="diabetes", regularizers=["mixup"], initializer="xavier_normal"))
    inputs, targets = torch.randn(20, 10), torch.randn(20, 1)
    mixed_inputs, mixed_targets = network._objective.batch(inputs, targets, 0, 0)
    joined, both = torch.cat([inputs, targets], 1), torch.cat([mixed_inputs, mixed_targets], 1)
    assert torch.linalg.matrix_rank(torch.cat([joined, both])) == 11
    assert both.std() < joined.std()
    assert mixed_targets.shape == targets.shape
