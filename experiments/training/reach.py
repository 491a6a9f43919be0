"""What the steps of one optimizer reach: its parameters, and those of them that each regularizer acts on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from experiments.regularizers import Regularizer
from experiments.regularizers.roles import AfterStep, BeforeStep, Clipping, GradientPenalty, OnParameters


class Reach:
    """The parameters of an optimizer, in the order of the module.

    Those that are frozen are among them: without a gradient nothing moves them, until they are unfrozen.

    Args:
        optimizer: whose steps they are.
        module: what is trained.
        regularizers: those of the run.
        unclipped: the parameters of the module that those which clip leave alone.
        without: parameters that are left to the penalties on another optimizer's steps.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        module: nn.Module,
        regularizers: Sequence[Regularizer],
        unclipped: Mapping[str, Collection[Tensor]],
        without: Collection[Tensor] = (),
    ) -> None:
        self._members = _members(optimizer)
        self.groups = list(optimizer.param_groups)
        held = dict.fromkeys(parameter for group in self.groups for parameter in group["params"])
        ordered = [parameter for parameter in module.parameters() if parameter in held]
        self.parameters: list[Tensor] = [*dict.fromkeys([*ordered, *held])]
        own = [parameter for parameter in self.parameters if parameter not in without]
        self.penalized = [(each, each.weights(own)) for each in regularizers if isinstance(each, GradientPenalty)]
        self.before_step = [
            (each, *part) for each in regularizers if isinstance(each, BeforeStep) for part in self._parts(each, own)
        ]
        self.after_step = [
            (each, *part) for each in regularizers if isinstance(each, AfterStep) for part in self._parts(each, own)
        ]
        self.clipped = [
            (each, [parameter for parameter in self.parameters if parameter not in unclipped[each.name]])
            for each in regularizers
            if isinstance(each, Clipping)
        ]

    def is_that_of(self, optimizer: torch.optim.Optimizer) -> bool:
        """Whether the optimizer still has the same groups of the same parameters."""
        return self._members == _members(optimizer)

    def _parts(self, regularizer: OnParameters, own: list[Tensor]) -> Iterator[tuple[dict[str, Any], list[Tensor]]]:
        """Each of the optimizer's groups in which it acts on weights, with these."""
        weights = set(regularizer.weights(own))
        for group in self.groups:
            if members := [parameter for parameter in group["params"] if parameter in weights]:
                yield group, members


def _members(optimizer: torch.optim.Optimizer) -> list[int]:
    """What tells groups and their parameters from others, in a time that each step can spare."""
    return [id(member) for group in optimizer.param_groups for member in (group, *group["params"])]
