"""What the steps of one optimizer reach: its parameters, and those of them that each regularizer acts on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from experiments.regularizers import Regularizer


class Reach:
    """The parameters of an optimizer, in the order of the module.

    Those that are frozen are among them: without a gradient nothing moves them, until they are unfrozen.

    Args:
        optimizer: whose steps they are.
        module: what is trained.
        regularizers: each with the parameters of the module that it does not clip.
        without: parameters that are left to the penalties on another optimizer's steps.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        module: nn.Module,
        regularizers: Sequence[tuple[Regularizer, Collection[Tensor]]],
        without: Collection[Tensor] = (),
    ) -> None:
        self._members = _members(optimizer)
        self.groups = list(optimizer.param_groups)
        held = dict.fromkeys(parameter for group in self.groups for parameter in group["params"])
        ordered = [parameter for parameter in module.parameters() if parameter in held]
        self.parameters: list[Tensor] = [*dict.fromkeys([*ordered, *held])]
        own = [parameter for parameter in self.parameters if parameter not in without]
        self.weights = [(regularizer, regularizer.weights(own)) for regularizer, _ in regularizers]
        self.weights_by_group = [
            (regularizer, group, members)
            for regularizer, weights in self.weights
            for group, members in _by_group(self.groups, set(weights))
        ]
        self.clipped = [
            (regularizer, [parameter for parameter in self.parameters if parameter not in spared])
            for regularizer, spared in regularizers
        ]

    def is_that_of(self, optimizer: torch.optim.Optimizer) -> bool:
        """Whether the optimizer still has the same groups of the same parameters."""
        return self._members == _members(optimizer)


def _members(optimizer: torch.optim.Optimizer) -> list[int]:
    """What tells groups and their parameters from others, in a time that each step can spare."""
    return [id(member) for group in optimizer.param_groups for member in (group, *group["params"])]


def _by_group(groups: list[dict[str, Any]], weights: set[Tensor]) -> Iterator[tuple[dict[str, Any], list[Tensor]]]:
    for group in groups:
        if members := [parameter for parameter in group["params"] if parameter in weights]:
            yield group, members
