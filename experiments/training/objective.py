"""How training differs from evaluation: what regularizers do to batches and to the objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from experiments.regularizers import Regularizer
from experiments.training.tasks import Task

if TYPE_CHECKING:
    from experiments.regularizers import Objective


@runtime_checkable
class Stateful(Protocol):
    """An objective with a state that a resumed run needs, of types that ``torch.load(weights_only=True)`` accepts."""

    def state_dict(self) -> dict[str, Any]:
        """The state."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        ...


class TrainingObjective:
    """Training batches pass the ``batch`` hooks of all regularizers, then the objective that these have wrapped."""

    def __init__(self, network: nn.Module, task: Task, regularizers: Sequence[Regularizer], seed: int) -> None:
        self._network = network
        self._task = task
        self._seed = seed
        self._transforms = [each for each in regularizers if type(each).batch is not Regularizer.batch]
        self._mixes = any(each.mixes for each in regularizers)
        self._stateful: dict[str, Stateful] = {}
        self._objective: Objective = self._plain
        for regularizer in regularizers:
            inner, self._objective = self._objective, regularizer.objective(self._objective, network)
            if self._objective is not inner and isinstance(self._objective, Stateful):
                self._stateful[regularizer.name] = self._objective

    def batch(self, inputs: Tensor, targets: Tensor, epoch: int, index: int) -> tuple[Tensor, Tensor]:
        """Batch ``index`` of an epoch as the model shall see it; the same again when it is asked for again."""
        if not self._transforms:
            return inputs, targets
        if self._mixes:
            targets = self._task.shares(targets)
        generator = self._generator(epoch, index, inputs.device)
        for regularizer in self._transforms:
            inputs, targets = regularizer.batch(inputs, targets, generator)
        return inputs, targets

    def objective(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The mean loss that is trained, and the outputs for the inputs."""
        return self._objective(inputs, targets)

    def state_dict(self) -> dict[str, Any]:
        """The states of the objectives that have one, by regularizer."""
        return {name: objective.state_dict() for name, objective in self._stateful.items()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        for name, objective in self._stateful.items():
            objective.load_state_dict(state_dict[name])

    def _plain(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        outputs = self._network(inputs)
        return self._task.training_loss(outputs, targets), outputs

    def _generator(self, epoch: int, index: int, device: torch.device) -> torch.Generator:
        words = np.random.SeedSequence([self._seed, epoch, index]).generate_state(1, np.uint64)
        return torch.Generator(device).manual_seed(int(words[0] >> np.uint64(1)))
