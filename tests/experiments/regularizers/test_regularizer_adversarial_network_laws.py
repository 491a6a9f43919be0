"""The network that perturbs inputs: it raises what the model lowers, and changes nothing without balance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.config import ExperimentConfig
from experiments.regularizers._adversarial_network import AgainstAdversary
from tests.support.training.adversarial import Case, deep
from tests.support.training.fitting import final_weights
from tests.support.training.laws import law


def perturbed(it: Case, objective: AgainstAdversary) -> torch.Tensor:
    """What the network makes of the batch now."""
    assert objective.adversary is not None
    inputs = it.inputs.detach().requires_grad_()
    loss = torch.nn.functional.cross_entropy(it.network(inputs), it.targets)
    with torch.no_grad():
        return it.inputs + objective.adversary(it.inputs, torch.autograd.grad(loss, inputs)[0])


@law("regularizer.adversarial_network")
def test_the_networks_step_raises_and_the_models_step_lowers_the_adversarial_loss() -> None:
    it = deep()
    objective = it.objective("adversarial_network", eps=0.3, lr=1e-3, penalty=0.0, steps=3)
    objective.adversary = objective._make(it.inputs)
    before = it.loss(perturbed(it, objective))
    weights = [parameter.detach().clone() for parameter in it.network.parameters()]
    loss, _ = objective(it.inputs, it.targets)
    moved = perturbed(it, objective)
    after = it.loss(moved)
    assert after > before
    assert all(torch.equal(*pair) for pair in zip(weights, it.network.parameters(), strict=True))
    loss.backward()
    torch.optim.SGD(it.network.parameters(), lr=0.01).step()
    assert it.loss(moved) < after


def test_the_network_learns_to_beat_a_fixed_model_up_to_its_ball() -> None:
    it = deep()
    objective = it.objective("adversarial_network", eps=0.3, lr=0.01, penalty=0.0, steps=100)
    objective.adversary = objective._make(it.inputs)
    objective(it.inputs, it.targets)
    learned = it.loss(perturbed(it, objective))
    it.objective("fgsm", eps=0.3, mix=1.0)(it.inputs, it.targets)
    plain = it.loss(it.inputs)
    assert learned - plain > 0.8 * (it.loss(it.seen[-1]) - plain) > 0


def test_a_penalty_makes_perturbations_smaller() -> None:
    sizes = []
    for penalty in (0.0, 10.0):
        it = deep()
        objective = it.objective("adversarial_network", eps=0.3, lr=0.01, penalty=penalty, steps=50)
        objective.adversary = objective._make(it.inputs)
        objective(it.inputs, it.targets)
        sizes.append((perturbed(it, objective) - it.inputs).square().mean().item())
    assert sizes[1] < 0.5 * sizes[0]


@pytest.mark.parametrize(("balance", "same"), [(0.0, True), (1e-3, False)])
def test_without_balance_training_is_plain_bit_for_bit(
    balance: float, same: bool, tmp_path: Path, small: Callable[..., ExperimentConfig], reporter_class: Any
) -> None:
    ends = []
    for number, regularizers in enumerate(({}, {"adversarial_network": {"balance": balance}})):
        config = small(regularizers={"dropout": {"p": 0.3}, **regularizers})
        ends.append(final_weights(config, tmp_path / str(number), reporter_class()))
    assert torch.equal(*ends) is same


def test_making_the_network_draws_nothing_from_the_runs_random_numbers() -> None:
    it = deep()
    objective = it.objective("adversarial_network")
    before = torch.get_rng_state()
    first = objective._make(it.inputs).last.weight
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(objective._make(it.inputs).last.weight, first)
