"""FGSM, PGD and TRADES: the moved inputs, the ball they stay in, the loss that is trained, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.support.training.adversarial import Case, case, deep
from tests.support.training.laws import law

ALL = ("fgsm", "pgd", "trades", "adversarial_network")


def slopes(it: Case, inputs: np.ndarray) -> np.ndarray:
    """The gradient of the mean cross-entropy of a linear classifier by its inputs: (p - y) W / n."""
    weight, bias = (parameter.detach().numpy() for parameter in it.network.parameters())
    logits = inputs @ weight.T + bias
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return (shares - np.eye(3)[it.targets.numpy()]) @ weight / len(inputs)


@law("regularizer.fgsm")
def test_fgsm_takes_one_step_along_the_sign_of_the_gradient() -> None:
    it = case()
    loss, outputs = it.objective("fgsm", eps=0.2, mix=0.3)(it.inputs, it.targets)
    moved = torch.from_numpy(it.inputs.numpy() + 0.2 * np.sign(slopes(it, it.inputs.numpy())))
    torch.testing.assert_close(it.seen[-1], moved)
    assert it.loss(moved) > it.loss(it.inputs)
    assert loss.item() == pytest.approx(0.7 * it.loss(it.inputs) + 0.3 * it.loss(moved))
    torch.testing.assert_close(outputs, it.network(it.inputs))


@law("regularizer.pgd")
def test_pgd_climbs_from_a_random_start_and_is_brought_back_to_the_ball() -> None:
    it = case()
    torch.manual_seed(3)
    loss, _ = it.objective("pgd", eps=0.2, steps=3, step=0.4)(it.inputs, it.targets)
    torch.manual_seed(3)
    start = it.inputs.numpy()
    moved = start + (2 * torch.rand_like(it.inputs).numpy() - 1) * 0.2
    for _ in range(3):
        moved = start + np.clip(moved - start + 0.08 * np.sign(slopes(it, moved)), -0.2, 0.2)
    np.testing.assert_allclose(it.seen[-1].numpy(), moved, rtol=1e-12)
    assert loss.item() == pytest.approx(it.loss(torch.from_numpy(moved)))


def test_pgd_reaches_at_least_the_loss_of_fgsm() -> None:
    it = deep()
    it.objective("fgsm", eps=0.3, mix=1.0)(it.inputs, it.targets)
    once = it.loss(it.seen[-1])
    it.objective("pgd", eps=0.3, steps=20, step=0.25)(it.inputs, it.targets)
    assert it.loss(it.seen[-1]) > once > it.loss(it.inputs)


@law("regularizer.trades")
def test_trades_adds_the_divergence_from_the_plain_prediction() -> None:
    it = case()
    loss, outputs = it.objective("trades", eps=0.2, beta=5.0, steps=4)(it.inputs, it.targets)
    clean, moved = (it.network(inputs).softmax(1).detach().numpy() for inputs in (it.inputs, it.seen[-1]))
    divergence = (clean * (np.log(clean) - np.log(moved))).sum(1).mean()
    assert divergence > 0
    assert loss.item() == pytest.approx(it.loss(it.inputs) + 5.0 * divergence, rel=1e-9)
    torch.testing.assert_close(outputs, it.network(it.inputs))
    nearly = it.seen[1] - it.inputs  # the start of the ascent
    assert nearly.abs().max() < 0.01
    random = it.inputs + 0.2 * torch.randn_like(it.inputs).sign()
    elsewhere = it.network(random).softmax(1).detach().numpy()
    assert divergence > (clean * (np.log(clean) - np.log(elsewhere))).sum(1).mean()


def test_trades_without_weight_and_a_network_without_balance_are_plain_training() -> None:
    it = case()
    assert it.objective("trades", beta=0.0) == it.inner
    assert it.objective("adversarial_network", balance=0.0) == it.inner


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("eps", [0.0, 0.05, 0.5])
def test_no_input_leaves_the_ball(name: str, eps: float) -> None:
    it = deep()
    objective = it.objective(name, eps=eps)
    for _ in range(3):
        objective(it.inputs, it.targets)
    furthest = max((seen - it.inputs).abs().max().item() for seen in it.seen)
    assert furthest <= eps * (1 + 1e-9)
    assert furthest >= eps * 0.5


@pytest.mark.parametrize("name", ALL)
def test_the_search_leaves_no_trace_in_gradients(name: str) -> None:
    """Gradients are those of the loss at fixed moved inputs."""
    it = case(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))
    loss, _ = it.objective(name, eps=0.3)(it.inputs, it.targets)
    assert it.gradients() == [None] * 4
    loss.backward()
    found = it.gradients()
    it.network.zero_grad()
    moved = it.seen[-1]
    plain, outputs = it.inner(it.inputs, it.targets)
    theirs, others = it.inner(moved, it.targets)
    divergence = (outputs.softmax(1) * (outputs.log_softmax(1) - others.log_softmax(1))).sum(1).mean()
    expected = {
        "fgsm": 0.5 * plain + 0.5 * theirs,
        "pgd": theirs,
        "trades": plain + 6.0 * divergence,
        "adversarial_network": plain + theirs,
    }[name]
    expected.backward()
    torch.testing.assert_close(found, it.gradients())
    assert not it.inputs.requires_grad


@pytest.mark.parametrize("name", ALL)
def test_batch_norm_counts_the_passes_that_are_trained_and_no_others(name: str) -> None:
    it, other = deep(), deep()
    it.objective(name, eps=0.3)(it.inputs, it.targets)
    if name != "pgd":
        other.network(it.inputs)
    other.network(it.seen[-1])
    ours, theirs = dict(it.network.named_buffers()), dict(other.network.named_buffers())
    torch.testing.assert_close(ours, theirs)
    assert ours["1.num_batches_tracked"] == (1 if name == "pgd" else 2)
