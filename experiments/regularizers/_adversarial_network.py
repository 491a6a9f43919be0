"""The network that learns to perturb inputs, and the objective of the model that is trained against it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from experiments.regularizers._attacks import Hold, gradient, statistics_kept

if TYPE_CHECKING:
    from experiments.regularizers.roles import Objective


class Adversary(nn.Module):
    """From inputs and the loss's gradient by them to a perturbation of at most ``eps`` in every entry."""

    def __init__(self, size: int, hidden: int, eps: float, seed: int) -> None:
        super().__init__()
        self.eps = eps
        with torch.random.fork_rng(devices=[]):  # the model's random numbers stay what they are without it
            self.first = nn.Linear(2 * size, hidden)
            self.last = nn.Linear(hidden, size)
        self._draw(torch.Generator().manual_seed(seed))

    def _draw(self, generator: torch.Generator) -> None:
        for layer in (self.first, self.last):
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            nn.init.zeros_(layer.bias)

    def forward(self, inputs: Tensor, slopes: Tensor) -> Tensor:
        """eps · tanh(G(x, g / ‖g‖ · √size)), in the shape of the inputs."""
        flat = slopes.flatten(1)
        directions = nn.functional.normalize(flat) * math.sqrt(flat.shape[1])
        hidden = self.first(torch.cat([inputs.flatten(1), directions], 1)).relu()
        offsets: Tensor = self.eps * self.last(hidden).tanh()
        return offsets.reshape(inputs.shape)


class AgainstAdversary:
    """inner(x) + balance · inner(x'), x' = hold(x + d), where a network that raises inner(x') - penalty · ‖d‖² makes d.

    At each call the network takes its own steps first; they change neither weights nor gradients of the model.
    """

    def __init__(
        self,
        inner: Objective,
        network: nn.Module,
        hold: Hold,
        eps: float,
        balance: float,
        penalty: float,
        lr: float,
        steps: int,
        hidden: int,
    ) -> None:
        self._inner = inner
        self._network = network
        self._hold = hold
        self._eps = eps
        self._balance = balance
        self._penalty = penalty
        self._lr = lr
        self._steps = steps
        self._hidden = hidden
        self._saved: dict[str, Any] = {}
        self.adversary: Adversary | None = None

    def __call__(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The mean loss of the batch and the outputs for the plain inputs."""
        if self.adversary is None:
            self.adversary = self._make(inputs)
        with statistics_kept(self._network):
            slopes = gradient(lambda moved: self._inner(moved, targets)[0], inputs)
            for _ in range(self._steps):
                self._teach(self.adversary, inputs, slopes, targets)
        with torch.no_grad():
            moved = self._hold(inputs + self.adversary(inputs, slopes), inputs)
        loss, outputs = self._inner(inputs, targets)
        return loss + self._balance * self._inner(moved, targets)[0], outputs

    def _teach(self, adversary: Adversary, inputs: Tensor, slopes: Tensor, targets: Tensor) -> None:
        offset = adversary(inputs, slopes)
        cost = self._penalty * offset.flatten(1).square().sum(1).mean()
        gained = self._inner(self._hold(inputs + offset, inputs), targets)[0] - cost
        parameters = list(adversary.parameters())
        for parameter, slope in zip(parameters, torch.autograd.grad(gained, parameters), strict=True):
            parameter.grad = -slope
        self._optimizer.step()

    def _make(self, inputs: Tensor) -> Adversary:
        """The network for inputs of this size and place, with the state that a checkpoint brought."""
        adversary = Adversary(inputs[0].numel(), self._hidden, self._eps, torch.initial_seed())
        adversary.to(inputs.device, inputs.dtype)
        self._optimizer = torch.optim.Adam(adversary.parameters(), lr=self._lr)
        if self._saved:
            adversary.load_state_dict(self._saved["adversary"])
            self._optimizer.load_state_dict(self._saved["optimizer"])
        return adversary

    def state_dict(self) -> dict[str, Any]:
        """The network and the state of its optimizer."""
        if self.adversary is None:
            return self._saved
        return {"adversary": self.adversary.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave, when the network is made at the next batch."""
        self._saved, self.adversary = state_dict, None
