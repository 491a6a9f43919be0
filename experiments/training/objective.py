"""How training differs from evaluation: what regularizers do to batches and to the objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from experiments.regularizers import Regularizer
from experiments.regularizers.roles import BatchTransform, ObjectiveWrapper
from experiments.training.tasks import Task

if TYPE_CHECKING:
    from experiments.regularizers.roles import Objective

_SEEDS = 256
"""Batches of the first epoch whose seeds are drawn at once."""


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
    """Training batches pass all that transforms them, then the objective that regularizers have wrapped."""

    def __init__(self, network: nn.Module, task: Task, regularizers: Sequence[Regularizer], seed: int) -> None:
        self._network = network
        self._task = task
        self._chance = _Chance(seed)
        self._transforms = [each for each in regularizers if isinstance(each, BatchTransform)]
        self._mixes = any(each.mixes for each in self._transforms)
        self._stateful: dict[str, Stateful] = {}
        self._objective: Objective = self._plain
        for regularizer in (each for each in regularizers if isinstance(each, ObjectiveWrapper)):
            inner, self._objective = self._objective, regularizer.objective(self._objective, network)
            if self._objective is not inner and isinstance(self._objective, Stateful):
                self._stateful[regularizer.name] = self._objective

    def batch(self, inputs: Tensor, targets: Tensor, epoch: int, index: int) -> tuple[Tensor, Tensor]:
        """Batch ``index`` of an epoch as the model shall see it; the same again when it is asked for again."""
        if not self._transforms:
            return inputs, targets
        if self._mixes:
            targets = self._task.shares(targets)
        generator = self._chance.generator(epoch, index, inputs.device)
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


class _Chance:
    """One generator, in the state that seed, epoch and batch give it; the seeds of all batches are drawn once an epoch.

    The first of them are the same however many are drawn.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._epoch = -1
        self._seeds: list[int] = []
        self._generators: dict[torch.device, torch.Generator] = {}

    def generator(self, epoch: int, index: int, device: torch.device) -> torch.Generator:
        """For a batch of an epoch."""
        if epoch != self._epoch or index >= len(self._seeds):
            # Nobody knows how many batches an epoch of a user's own data has, before one is over.
            self._epoch, n = epoch, max(_SEEDS, 2 * index, len(self._seeds))
            words = np.random.SeedSequence(self._seed, spawn_key=(epoch,)).generate_state(n, np.uint64)
            self._seeds = (words >> np.uint64(1)).tolist()
        if device not in self._generators:
            self._generators[device] = torch.Generator(device)
        return self._generators[device].manual_seed(self._seeds[index])
