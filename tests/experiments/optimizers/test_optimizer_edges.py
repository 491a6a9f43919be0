"""Every optimizer at each of its bounds, and just inside them: four steps, with a layer that joins at the second.

Each goes on from a checkpoint after one of the first steps as if there had been none.
"""

from __future__ import annotations

import io

import pytest
import torch
from torch import Tensor, nn

from experiments.errors import Diverged
from experiments.optimizers import OPTIMIZERS, Optimizer
from experiments.training.optimizer_step import switch
from tests.support.training.edges import at_the_edges
from tests.support.training.stepwise import take_step


class Joined(nn.Module):
    """A network whose ``late`` layer has no gradient in the first step."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        self.late = nn.Linear(3, 2)
        self.to(dtype)
        self.inputs = torch.randn(8, 3, generator=generator).to(dtype)
        self.targets = torch.randn(8, 2, generator=generator).to(dtype)

    def loss(self, step: int) -> Tensor:
        outputs = self.layers(self.inputs) + (self.late(self.inputs) if step else 0)
        return (outputs - self.targets).square().mean()


class Trained:
    """The network with an optimizer, after some steps."""

    def __init__(self, optimizer: Optimizer, dtype: torch.dtype) -> None:
        torch.manual_seed(0)
        self.model = Joined(dtype)
        self.optimizer = optimizer.for_model(self.model)

    def steps(self, first: int, end: int) -> list[Tensor]:
        """The weights after the steps from ``first`` up to ``end``."""
        switch([self.optimizer], training=True)
        for step in range(first, end):
            take_step(self.optimizer, lambda step=step: self.model.loss(step))
        switch([self.optimizer], training=False)
        return [parameter.detach().clone() for parameter in self.model.parameters()]

    def checkpoint(self) -> io.BytesIO:
        file = io.BytesIO()
        torch.save([self.model.state_dict(), self.optimizer.state_dict(), torch.get_rng_state()], file)
        file.seek(0)
        return file

    def resume(self, file: io.BytesIO) -> Trained:
        weights, state, random = torch.load(file, weights_only=True)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(state)
        torch.set_rng_state(random)
        return self


@pytest.mark.parametrize("component", list(OPTIMIZERS), ids=lambda component: component.id())
def test_steps_are_finite_or_the_divergence_is_told_and_go_on_from_a_checkpoint(component: type[Optimizer]) -> None:
    cases = [(torch.float64, 2), (torch.bfloat16, 1)]
    for number, optimizer in enumerate(at_the_edges(OPTIMIZERS, component)):
        for dtype, at in cases if not number else cases[number % 2 :][:1]:
            try:
                trained = Trained(optimizer, dtype)
                trained.steps(0, at)
                saved = trained.checkpoint()
                weights = trained.steps(at, 4)
                resumed = Trained(optimizer, dtype).resume(saved).steps(at, 4)
            except Diverged:
                continue
            assert all(bool(weight.isfinite().all()) for weight in weights), (optimizer, dtype)
            assert all(torch.equal(*pair) for pair in zip(weights, resumed, strict=True)), (optimizer, dtype)


@pytest.mark.parametrize("component", list(OPTIMIZERS), ids=lambda component: component.id())
def test_a_step_without_gradients_changes_nothing(component: type[Optimizer]) -> None:
    """Lightning takes one for each batch of which a user's training step returns no loss."""
    trained = Trained(component(), torch.float64)
    before = trained.steps(0, 2)
    trained.optimizer.zero_grad()
    switch([trained.optimizer], training=True)
    trained.optimizer.step(lambda: torch.zeros(()))
    switch([trained.optimizer], training=False)
    assert all(torch.equal(*pair) for pair in zip(trained.model.parameters(), before, strict=True))
