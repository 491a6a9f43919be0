"""Every optimizer at each of its bounds, and just inside them: four steps, with a layer that joins at the second."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from experiments.errors import Diverged
from experiments.optimizers import OPTIMIZERS, Optimizer
from tests.experiments.edges import at_the_edges
from tests.experiments.stepwise import take_step


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


@pytest.mark.parametrize("component", list(OPTIMIZERS), ids=lambda component: component.id())
def test_steps_are_finite_or_the_divergence_is_told(component: type[Optimizer]) -> None:
    for optimizer in at_the_edges(OPTIMIZERS, component):
        for dtype in (torch.float64, torch.bfloat16):
            torch.manual_seed(0)
            model = Joined(dtype)
            steps = optimizer.over(model)
            try:
                for step in range(4):
                    take_step(steps, lambda step=step, model=model: model.loss(step))
            except Diverged:
                continue
            assert all(bool(parameter.isfinite().all()) for parameter in model.parameters()), (optimizer, dtype)
