"""A small classifier, its objective, and a record of the inputs it is asked about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from experiments.data._splits import Box
from experiments.regularizers import REGULARIZERS


@dataclass
class Case:
    """A network, a batch, the plain objective, and every input that this was asked about."""

    network: nn.Module
    inputs: Tensor
    targets: Tensor
    seen: list[Tensor] = field(default_factory=list)

    def inner(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy, and the logits."""
        self.seen.append(inputs.detach().clone())
        outputs = self.network(inputs)
        return functional.cross_entropy(outputs, targets), outputs

    def loss(self, inputs: Tensor) -> float:
        """Of the network as it is."""
        with torch.no_grad():
            return functional.cross_entropy(self.network(inputs), self.targets).item()

    def objective(self, name: str, box: Box | None = None, **fields: Any) -> Any:
        """The plain objective as the regularizer wraps it, where the data have the range of the box."""
        component = REGULARIZERS.parse({"name": name, **fields})
        return (component.within(box) if box else component).objective(self.inner, self.network)

    def gradients(self) -> list[Tensor | None]:
        """Those of the weights."""
        return [parameter.grad for parameter in self.network.parameters()]


def case(*layers: nn.Module, n: int = 8) -> Case:
    """Eight examples of five features and three classes, in double precision; one linear layer unless given others."""
    torch.manual_seed(1)
    network = nn.Sequential(*(layers or (nn.Linear(5, 3),))).double()
    return Case(network, torch.randn(n, 5, dtype=torch.float64), torch.arange(n) % 3)


def deep() -> Case:
    """With a hidden layer and batch norm."""
    torch.manual_seed(0)
    return case(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3), n=30)
