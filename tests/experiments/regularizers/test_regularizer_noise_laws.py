"""Noise on inputs and smoothed labels, against their formulas in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from experiments.config import ExperimentConfig
from experiments.regularizers import REGULARIZERS
from experiments.training.module import assemble
from experiments.training.tasks import Classification
from tests.support.training.laws import law


@law("regularizer.input_noise")
def test_noise_has_its_deviation_and_leaves_inputs_and_targets_as_they_were() -> None:
    inputs, targets = torch.linspace(-1, 1, 60_000, dtype=torch.float64).reshape(300, 200), torch.arange(300)
    before = inputs.clone()
    noise = REGULARIZERS.parse({"name": "input_noise", "std": 0.3})
    noisy, same = noise.batch(inputs, targets, torch.Generator().manual_seed(0))
    added = noisy - before
    assert added.mean().item() == pytest.approx(0.0, abs=0.005)
    assert added.std().item() == pytest.approx(0.3, rel=0.02)
    assert abs(torch.corrcoef(torch.stack([added.flatten(), before.flatten()]))[0, 1].item()) < 0.02
    assert torch.equal(inputs, before)
    assert same is targets


def test_noise_is_a_function_of_seed_epoch_and_batch_and_off_in_evaluation(
    small: Callable[..., ExperimentConfig],
) -> None:
    network = assemble(small(regularizers=["input_noise"]))
    batch = (torch.zeros(5, 13), torch.zeros(5, dtype=torch.int64))
    objective = network._objective

    def drawn(epoch: int, index: int) -> torch.Tensor:
        return objective.batch(*batch, epoch, index)[0]

    assert torch.equal(drawn(1, 2), drawn(1, 2))
    assert not torch.equal(drawn(1, 2), drawn(2, 1))
    third = drawn(1, 3)
    assert not torch.equal(drawn(1, 5000), third)
    assert torch.equal(drawn(1, 3), third)
    other = assemble(small(regularizers=["input_noise"], seed=1))._objective
    assert not torch.equal(drawn(1, 2), other.batch(*batch, 1, 2)[0])
    network.validation_step(batch, 0)
    plain = network.task.loss(network.network(batch[0]), batch[1])
    assert network.val_tally.summary(network.task)["loss"] == pytest.approx(plain.item())


def test_the_seeds_of_all_batches_are_drawn_once_an_epoch(
    small: Callable[..., ExperimentConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = assemble(small(regularizers=["input_noise"]))._objective
    batch = (torch.zeros(5, 13), torch.zeros(5, dtype=torch.int64))
    drawn, sequence = [], np.random.SeedSequence
    monkeypatch.setattr(
        np.random, "SeedSequence", lambda *args, **kwargs: drawn.append(args) or sequence(*args, **kwargs)
    )
    for epoch in range(3):
        for index in range(40):
            objective.batch(*batch, epoch, index)
    assert len(drawn) == 3
    for index in range(600):  # only now is it known that there are so many
        objective.batch(*batch, 3, index)
    before = len(drawn)
    for epoch in range(4, 7):
        for index in range(600):
            objective.batch(*batch, epoch, index)
    assert len(drawn) - before == 3


@law("regularizer.label_smoothing")
def test_label_smoothing_mixes_the_targets() -> None:
    torch.manual_seed(0)
    logits, targets = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0, 1])
    epsilon = REGULARIZERS.parse({"name": "label_smoothing", "epsilon": 0.2}).smoothing()
    mixed = 0.8 * nn.functional.one_hot(targets, 4) + 0.2 / 4
    expected = -(mixed * logits.log_softmax(1)).sum(1).mean()
    task = Classification(epsilon, ())
    torch.testing.assert_close(task.training_loss(logits, targets), expected)
    torch.testing.assert_close(task.loss(logits, targets), nn.functional.cross_entropy(logits, targets))


def test_label_smoothing_makes_a_model_less_confident() -> None:
    """The distribution that minimizes the smoothed loss gives the label 1 - e + e / K, not more than without."""
    logits = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=100, tolerance_grad=1e-12, tolerance_change=0)
    task = Classification(REGULARIZERS.parse({"name": "label_smoothing", "epsilon": 0.2}).smoothing(), ())

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = task.training_loss(logits, torch.tensor([2]))
        loss.backward()
        return loss

    optimizer.step(closure)
    expected = torch.tensor([[0.05, 0.05, 0.85, 0.05]], dtype=torch.float64)
    torch.testing.assert_close(logits.softmax(1).detach(), expected, rtol=1e-6, atol=1e-8)
